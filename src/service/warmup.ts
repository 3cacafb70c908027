/**
 * Warm-up: what is done before the first request, so that it is not the slow one: fill caches, prepare statements, run
 * hot code. Hooks run one after the other, in the order they were registered; the first that fails ends the round.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'

/** Must be safe to run again. `signal` aborts when the service stops before the hook has ended. */
export type WarmupHook = (signal: AbortSignal) => void | Promise<void>

export interface WarmupRun {
  readonly hook: string
  readonly durationMs: number
  /** The worker's number, where there are several. */
  readonly worker?: number
}

export class Warmup {
  readonly #hooks = new Map<string, WarmupHook>()
  readonly #clock: Clock
  #running: Promise<readonly WarmupRun[]> | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get names(): readonly string[] {
    return [...this.#hooks.keys()]
  }

  /** @throws ServiceError `DUPLICATE_WARMUP` if the name is taken. */
  add(name: string, hook: WarmupHook): void {
    if (this.#hooks.has(name)) {
      throw new ServiceError('DUPLICATE_WARMUP', `There are two warm-up hooks named '${name}'; rename one.`)
    }
    this.#hooks.set(name, hook)
  }

  /**
   * Runs every hook and says how long each took. Asked again while a round runs, it gives that round's result.
   *
   * @throws ServiceError `WARMUP_FAILED` (503) naming the hook, with what it threw as cause.
   */
  run(signal: AbortSignal): Promise<readonly WarmupRun[]> {
    this.#running ??= this.#runAll(signal).finally(() => {
      this.#running = undefined
    })
    return this.#running
  }

  async #runAll(signal: AbortSignal): Promise<readonly WarmupRun[]> {
    const runs: WarmupRun[] = []
    for (const [name, hook] of this.#hooks) {
      const startedMs = this.#clock.monotonic()
      await this.#runOne(name, hook, signal)
      runs.push({ hook: name, durationMs: this.#clock.monotonic() - startedMs })
    }
    return runs
  }

  async #runOne(name: string, hook: WarmupHook, signal: AbortSignal): Promise<void> {
    try {
      signal.throwIfAborted()
      await hook(signal)
    } catch (cause) {
      throw new ServiceError('WARMUP_FAILED', `Warm-up hook '${name}' failed; the service does not become ready.`, {
        status: 503,
        retryable: false,
        cause,
      })
    }
  }
}
