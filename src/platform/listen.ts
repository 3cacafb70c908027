/** Accepting connections: TCP, TLS and Unix sockets on either runtime. */
import { runtimeName } from './runtime.ts'
import type { SocketHandlers } from './socket.ts'
import type { TlsIdentity, TlsServerOptions } from './tls.ts'

export interface ListenOptions<State = unknown> {
  /** Address to bind; default `127.0.0.1`. `::` takes IPv4 too. Ignored for a Unix socket. */
  host?: string
  /** Port to bind; 0 (the default) takes a free one. */
  port?: number
  /** Path of a Unix socket instead of host and port. A stale file that nobody listens on is replaced. */
  path?: string
  /** Encrypts every connection. `open` is then called after the handshake; a connection that fails it is never seen. */
  tls?: TlsServerOptions
  /**
   * Lets several processes share the port (SO_REUSEPORT); default false, so that an occupied port is an error.
   * The kernel gives each of them its own accept queue: whoever closes resets the connections that wait in its own, so
   * never recycle one of them alone. Inherit one listener instead (`reserveListener`) where that is possible.
   */
  sharedPort?: boolean
  /** Takes over a listening socket that this process inherited, instead of binding. See `reserveListener`. */
  fd?: number
  /** Connections that may wait to be accepted; default 1,024. The kernel may cap it; Bun always asks for 512. */
  backlog?: number
  handlers: SocketHandlers<State>
}

export interface Listener {
  /** The address that is bound, as a numeric one; empty for a Unix socket. */
  readonly host: string
  /** 0 for a Unix socket. */
  readonly port: number
  /** Set for a Unix socket. */
  readonly path: string | undefined
  /**
   * Takes no more connections; open ones live on. Resolves once the port is free. Connections that the kernel queued
   * but nobody accepted are reset, unless another process holds the same listening socket (`fd`).
   */
  close(): Promise<void>
  /**
   * Puts a new certificate, key and authorities in place for connections to come; those open keep theirs. Without `ca`
   * the authorities stay, and so do ALPN and the demand for client certificates. Sessions that were agreed before are not
   * resumed.
   *
   * @throws ServiceError `BAD_CERTIFICATE`, and the old ones stay; `NO_TLS` if the listener has no TLS.
   */
  reloadTls(identity: TlsIdentity): void
}

/** @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`, naming the address; `BAD_CERTIFICATE`. */
export async function listen<State>(options: ListenOptions<State>): Promise<Listener> {
  const { listen } = runtimeName === 'bun' ? await import('./bun/listen.ts') : await import('./node/listen.ts')
  return listen(options)
}
