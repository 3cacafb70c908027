/** Opening connections: TCP, TLS and Unix sockets on either runtime. */
import { runtimeName } from './runtime.ts'
import type { Socket, SocketHandlers } from './socket.ts'
import type { TlsClientOptions } from './tls.ts'

export interface ConnectOptions<State = unknown> {
  /** Name or address; default `127.0.0.1`. */
  host?: string
  port?: number
  /** Path of a Unix socket instead of host and port. */
  path?: string
  tls?: TlsClientOptions
  /** `host` and `port` are those of a proxy, which is asked to connect us first; TLS is then spoken with the target. */
  tunnel?: TunnelOptions
  /** Longest time until the connection stands, TLS handshake included; default 10,000. */
  timeoutMs?: number
  signal?: AbortSignal
  state: State
  handlers: SocketHandlers<State>
}

/** HTTP CONNECT (RFC 9110 section 9.3.6). */
export interface TunnelOptions {
  /** Host and port, such as `orders.example:443`. */
  readonly target: string
  /** Value of `proxy-authorization`. */
  readonly authorization?: string
}

/**
 * Resolves with an open socket; for TLS, after the handshake with a verified peer. The `open` handler is called just
 * before.
 *
 * @throws ServiceError `CONNECT_FAILED` (refused, unreachable, unknown host), `CONNECT_TIMEOUT`, `TLS_FAILED` or `PROXY_REFUSED`;
 *   the signal's reason if it aborts. No handler is called for a connection that never stood.
 */
export async function connect<State>(options: ConnectOptions<State>): Promise<Socket<State>> {
  // A stream inside a stream is what Node.js's own sockets can do on either runtime.
  if (options.tunnel !== undefined) return (await import('./node/tunnel.ts')).connectThrough(options, options.tunnel)
  const { connect } = runtimeName === 'bun' ? await import('./bun/connect.ts') : await import('./node/connect.ts')
  return connect(options)
}
