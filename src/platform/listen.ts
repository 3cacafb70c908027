/** Accepting connections: TCP, TLS and Unix sockets on either runtime. */
import { runtimeName } from './runtime.ts'
import type { SocketHandlers } from './socket.ts'
import type { TlsServerOptions } from './tls.ts'

export interface ListenOptions<State = unknown> {
  /** Address to bind; default `127.0.0.1`. Ignored for a Unix socket. */
  host?: string
  /** Port to bind; 0 (the default) takes a free one. */
  port?: number
  /** Path of a Unix socket instead of host and port. A stale file that nobody listens on is replaced. */
  path?: string
  /** Encrypts every connection. */
  tls?: TlsServerOptions
  /** Lets several processes share the port (SO_REUSEPORT); default false, so that an occupied port is an error. */
  sharedPort?: boolean
  /** Takes over a listening socket that this process inherited, instead of binding. */
  fd?: number
  /** Connections that may wait to be accepted; default 1,024. The kernel may cap it. */
  backlog?: number
  handlers: SocketHandlers<State>
}

export interface Listener {
  readonly host: string
  readonly port: number
  /** Set for a Unix socket. */
  readonly path: string | undefined
  /** Takes no more connections; open ones live on. Resolves once the port is free. */
  close(): Promise<void>
  /** Puts new certificates in place for connections to come; those open keep theirs. @throws if the listener has no TLS. */
  reloadTls(options: TlsServerOptions): void
}

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`, naming the address. */
export async function listen<State>(options: ListenOptions<State>): Promise<Listener> {
  const { listen } = runtimeName === 'bun' ? await import('./bun/listen.ts') : await import('./node/listen.ts')
  return listen(options)
}
