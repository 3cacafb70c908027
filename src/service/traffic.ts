/**
 * Traffic: a port that serves, from its first connection to its last answer.
 *
 *   listen ─▶ serving ─finish()─▶ answers say `Connection: close` ─▶ idle ones closed ─▶ exchanges end │ dropped in the end
 *
 * Idle connections are kept for a while after answers began to say `Connection: close`: a request may be on its way on any
 * of them, and closing would lose it. A client that uses its connection in that time is told; silence is closed.
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Engine, EngineOptions, EngineServer } from '../wire/engines/engine.ts'

export interface FinishOptions {
  /** How long idle connections are kept. */
  readonly lingerMs: number
  /** For the requests under way, from now on; what is not answered by then is dropped. */
  readonly finishMs: number
}

export class Traffic {
  readonly #server: EngineServer

  private constructor(server: EngineServer) {
    this.#server = server
  }

  /** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`. */
  static async listen(engine: Engine, options: EngineOptions): Promise<Traffic> {
    return new Traffic(await engine.listen(options))
  }

  get port(): number {
    return this.#server.port
  }

  /** Where clients on this machine reach it. */
  get url(): string {
    return urlOf(this.#server.host, this.#server.port)
  }

  /** Ends it, and says how many requests had to be dropped to be in time. */
  async finish({ lingerMs, finishMs }: FinishOptions): Promise<number> {
    const startedMs = systemClock.monotonic()
    this.#server.drain(lingerMs)
    // Not every engine can say whether connections are left, so the time is taken in full.
    if (lingerMs > 0) await systemClock.sleep(Math.min(lingerMs, finishMs))
    return this.#close(finishMs - (systemClock.monotonic() - startedMs))
  }

  async #close(limitMs: number): Promise<number> {
    const controller = new AbortController()
    let dropped = 0
    const cancelTimer = systemClock.schedule(limitMs, () => {
      dropped = this.#server.inFlight
      controller.abort(new Error('the time to finish requests is over'))
    })
    await this.#server.close(controller.signal)
    cancelTimer()
    return dropped
  }
}

/** A wildcard address is where it listens, not where it can be called. */
function urlOf(host: string, port: number): string {
  const callable = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host
  return `http://${callable.includes(':') ? `[${callable}]` : callable}:${port}`
}
