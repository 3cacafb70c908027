/**
 * The sockets engine, the default: our own wire over the runtime's TCP and TLS sockets.
 *
 *   platform/listen ─▶ open: which protocol? ─▶ http1/ connection ─▶ Exchange ─▶ handler
 *                      data, fellBehind, drained, peerEnd, close ──▲
 */
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { type Listener, listen } from '../../platform/listen.ts'
import type { Socket, SocketHandlers } from '../../platform/socket.ts'
import type { TlsIdentity } from '../../platform/tls.ts'
import { Http1Server } from '../http1/http1-server.ts'
import { defaultLimits } from '../limits.ts'
import type { Engine, EngineOptions, EngineServer } from './engine.ts'

export const socketsEngine: Engine = engineOver('sockets', listen)

/** Our wire over whatever accepts connections. */
export function engineOver(name: Engine['name'], accept: typeof listen): Engine {
  return {
    name,
    async listen({ limits, clock = systemClock, handler, onError, onRefused, ...address }: EngineOptions) {
      const http1 = new Http1Server({
        handler,
        clock,
        limits: { ...defaultLimits, ...limits },
        ...(onError === undefined ? {} : { onError }),
        ...(onRefused === undefined ? {} : { onRefused }),
      })
      return new SocketsServer(http1, await accept({ ...address, handlers: handlersFor(http1) }))
    },
  }
}

/** What speaks on a connection. */
interface ConnectionProtocol {
  received(bytes: Uint8Array): void
  fellBehind(): void
  drained(): void
  peerEnded(): void
  closed(error: Error | undefined): void
}

/**
 * The one place that decides which protocol a connection speaks. It is HTTP/1.1, the only one there is; another would be
 * told by `socket.peer.tls.alpnProtocol`, or without TLS by a first speaker that looks for its preface and hands over.
 */
function protocolFor(socket: Socket<ConnectionProtocol | undefined>, http1: Http1Server): ConnectionProtocol {
  return http1.accept(socket)
}

/** One object for all connections; a connection that was turned away at once has no protocol. */
function handlersFor(http1: Http1Server): SocketHandlers<ConnectionProtocol | undefined> {
  return {
    open(socket) {
      if (http1.connectionCount < http1.limits.maxConnections) socket.state = protocolFor(socket, http1)
      else socket.destroy()
    },
    data: (socket, bytes) => socket.state?.received(bytes),
    fellBehind: (socket) => socket.state?.fellBehind(),
    drained: (socket) => socket.state?.drained(),
    peerEnd: (socket) => socket.state?.peerEnded(),
    close: (socket, error) => socket.state?.closed(error),
  }
}

class SocketsServer implements EngineServer {
  readonly #http1: Http1Server
  readonly #listener: Listener

  constructor(http1: Http1Server, listener: Listener) {
    this.#http1 = http1
    this.#listener = listener
  }

  get host(): string {
    return this.#listener.host
  }

  get port(): number {
    return this.#listener.port
  }

  get path(): string | undefined {
    return this.#listener.path
  }

  get inFlight(): number {
    return this.#http1.inFlight
  }

  get connections(): number {
    return this.#http1.connectionCount
  }

  drain(idleMs?: number): void {
    this.#http1.drain(idleMs)
  }

  async close(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#listener.close(), this.#http1.close(signal)])
  }

  reloadTls(identity: TlsIdentity): void {
    this.#listener.reloadTls(identity)
  }
}
