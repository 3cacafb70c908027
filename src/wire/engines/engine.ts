/** Engine: what turns connections into exchanges. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import type { TlsIdentity, TlsServerOptions } from '../../platform/tls.ts'
import type { ExchangeHandler } from '../exchange.ts'
import type { WireLimits } from '../limits.ts'

export interface Engine {
  readonly name: 'sockets' | 'native' | 'libc'
  /** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`. */
  listen(options: EngineOptions): Promise<EngineServer>
}

export interface EngineOptions {
  /** Default `127.0.0.1`. */
  host?: string
  /** 0 (the default) takes a free one. */
  port?: number
  /** Unix socket instead of host and port. */
  path?: string
  tls?: TlsServerOptions
  sharedPort?: boolean
  /** An inherited listening socket instead of binding. */
  fd?: number
  limits?: Partial<WireLimits>
  clock?: Clock
  handler: ExchangeHandler
  /** Told of what went wrong where nobody else can tell: a handler's throw, an engine's fault. Default: nobody. */
  onError?(error: unknown): void
  /** Told of requests that were refused before the handler could see them, such as a malformed head or one that came too late. */
  onRefused?(error: ServiceError, peer: SocketPeer): void
}

export interface EngineServer {
  readonly host: string
  readonly port: number
  readonly path: string | undefined
  /** Exchanges that are not over. */
  readonly inFlight: number
  readonly connections: number
  /**
   * From now on every answer says `Connection: close` and ends its connection. Connections that are idle `idleMs` later
   * (default 0) are closed, after what their clients had already sent was read; the longer, the fewer requests are lost
   * that were on their way. New connections are still accepted. Returns at once.
   */
  drain(idleMs?: number): void
  /**
   * Takes no more connections, closes those that are idle, waits for the exchanges under way. When `signal` aborts, it
   * waits no longer and resets them. Resolves when every connection is gone.
   */
  close(signal?: AbortSignal): Promise<void>
  /** Puts a new certificate in place for connections to come. @throws ServiceError `BAD_CERTIFICATE` or `NO_TLS`. */
  reloadTls(identity: TlsIdentity): void
}
