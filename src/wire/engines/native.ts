/**
 * The native engine: the runtime's own server, `node:http` or `Bun.serve`, for whoever prefers it.
 *
 *   runtime's server ─▶ HttpTransaction ─▶ relayed/: head checked by our rules ─▶ Exchange ─▶ handler
 *
 * An application sees no difference. On the wire there are some, because the runtime parses and frames; every one of them
 * stands in docs/reference/engines.md.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { type HttpRefusalReason, type HttpServer, serveHttp } from '../../platform/http-server.ts'
import type { TlsIdentity } from '../../platform/tls.ts'
import { DateLine } from '../http1/date-line.ts'
import { problemAnswer } from '../http1/problem.ts'
import { type Refusal, refusals } from '../http1/refusal.ts'
import { defaultLimits } from '../limits.ts'
import { RelayServer } from '../relayed/relay-server.ts'
import type { Engine, EngineOptions, EngineServer } from './engine.ts'

/** A WebSocket that the runtime brings itself cannot take larger messages, whatever it is asked for. */
const maxMessageBytes = 16 * 1024 * 1024
/** Requests that were on their way are read first: idle connections end after this. */
const drainTurnMs = 20

export const nativeEngine: Engine = {
  name: 'native',
  async listen({ limits: given, clock = systemClock, handler, onError, onRefused, ...address }: EngineOptions) {
    const limits = { ...defaultLimits, ...given }
    const relay = new RelayServer({
      handler,
      limits,
      clock,
      ...(onError === undefined ? {} : { onError }),
      ...(onRefused === undefined ? {} : { onRefused }),
    })
    const date = new DateLine(clock)
    const server = await serveHttp({
      ...address,
      limits: { ...limits, stallTimeoutMs: limits.bodyTimeoutMs, maxMessageBytes },
      handlers: {
        request: (transaction) => relay.take(transaction),
        refuse(reason, peer) {
          relay.refused(refusalFor[reason], peer)
          return problemAnswer(refusalFor[reason], date.now(), false)
        },
      },
    })
    return new NativeServer(relay, server, clock)
  },
}

/** What the runtime's parser says in fewer words than ours. */
const refusalFor: Readonly<Record<HttpRefusalReason, Refusal>> = {
  malformed: { status: 400, code: 'BAD_REQUEST', message: 'The request is no HTTP/1.1 that this server can read.' },
  headTooLarge: refusals.headTooLarge,
  headTimeout: refusals.headTimeout,
  connect: refusals.target,
}

class NativeServer implements EngineServer {
  readonly #relay: RelayServer
  readonly #server: HttpServer
  readonly #clock: Clock

  constructor(relay: RelayServer, server: HttpServer, clock: Clock) {
    this.#relay = relay
    this.#server = server
    this.#clock = clock
  }

  get host(): string {
    return this.#server.host
  }

  get port(): number {
    return this.#server.port
  }

  get path(): string | undefined {
    return this.#server.path
  }

  get inFlight(): number {
    return this.#relay.inFlight
  }

  get connections(): number {
    return this.#server.connections
  }

  drain(idleMs = 0): void {
    this.#relay.isDraining = true
    this.#clock.schedule(Math.max(idleMs, drainTurnMs), () => this.#server.closeIdle())
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.drain()
    const reset = Promise.withResolvers<void>()
    const destroy = (): void => {
      this.#server.destroy()
      reset.resolve()
    }
    if (signal?.aborted) destroy()
    else signal?.addEventListener('abort', destroy, { once: true })
    // A handler that ignores that its exchange was cancelled cannot be waited for without end.
    await Promise.all([this.#server.close(), Promise.race([this.#relay.idle(), reset.promise])])
    signal?.removeEventListener('abort', destroy)
  }

  reloadTls(identity: TlsIdentity): void {
    this.#server.reloadTls(identity)
  }
}
