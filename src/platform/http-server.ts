/**
 * HttpServer: the runtime's own HTTP server, `node:http` or `Bun.serve`, behind one interface.
 *
 *   runtime's parser ─▶ handlers.request(transaction) ─▶ respond │ start · write* · end │ upgrade │ abort
 *                                                           gone: the client left before the answer was complete
 *
 * Who uses it checks what it is given: the runtimes differ in what they let pass.
 */
import { runtimeName } from './runtime.ts'
import type { Socket, SocketHandlers, SocketPeer } from './socket.ts'
import type { TlsIdentity, TlsServerOptions } from './tls.ts'

export interface HttpServerOptions {
  /** Address to bind; default `127.0.0.1`. */
  host?: string
  /** Port to bind; 0 (the default) takes a free one. */
  port?: number
  /** Path of a Unix socket instead of host and port. */
  path?: string
  tls?: TlsServerOptions
  sharedPort?: boolean
  /** An inherited listening socket; Node.js only. */
  fd?: number
  /** Connections that may wait to be accepted; Node.js only. */
  backlog?: number
  limits: HttpServerLimits
  handlers: HttpServerHandlers
}

export interface HttpServerLimits {
  /** Request line and header fields, in bytes; Bun has a limit of its own. */
  readonly maxHeadBytes: number
  /** Until a head is complete; Bun has a limit of its own. */
  readonly headTimeoutMs: number
  /** Between two requests. */
  readonly idleTimeoutMs: number
  /** While a whole answer is not taken. */
  readonly stallTimeoutMs: number
  /** Connections open at once; more are closed. Node.js only. */
  readonly maxConnections: number
  /** Of a WebSocket that the runtime brings itself; Bun only. */
  readonly maxMessageBytes: number
}

export interface HttpServerHandlers {
  request(transaction: HttpTransaction): void
  /** The whole answer, as bytes in Latin-1, to something the runtime could not read. Node.js only; Bun has its own. */
  refuse(reason: HttpRefusalReason, peer: SocketPeer): string
}

export type HttpRefusalReason = 'malformed' | 'headTooLarge' | 'headTimeout' | 'connect'

/** One request that the runtime has read, and the way to answer it. */
export interface HttpTransaction {
  readonly method: string
  /** Node.js: as sent. Bun: path and query as its URL parser left them. */
  readonly target: string
  /** Such as `1.1`. Bun does not tell it: always `1.1`. */
  readonly version: string
  /** Flat `[name, value, …]`. Node.js: as received. Bun: fields of one name are joined. */
  readonly fields: readonly string[]
  readonly peer: SocketPeer
  /** Hears once of a client that left before the answer was complete; set at once. */
  onGone: (error?: Error) => void

  /**
   * The next piece of the body, undefined at its end; one call at a time. Only for requests that have a body.
   *
   * @throws ServiceError `BAD_BODY` (400) if it is malformed; any other error if the connection was lost
   */
  readBody(): Uint8Array | undefined | Promise<Uint8Array | undefined>
  /** Fields behind the body, flat, once it was read to its end. Node.js only. */
  readonly trailers: readonly string[]

  /** Sends 100 to a client that waits for it. Bun has sent it already. */
  continue(): void
  /** Sends an interim answer where the runtime can: Node.js. */
  informational(status: number, fields: readonly string[]): void
  /** Answers in one piece. */
  respond(head: HttpAnswerHead, body: string | Uint8Array): void
  /** Answers piece by piece. */
  start(head: HttpAnswerHead): void
  /** A promise to await before the next piece, unless the peer keeps up. */
  write(piece: string | Uint8Array): void | Promise<void>
  /** Trailers are sent on Node.js and dropped on Bun. */
  end(trailers: readonly string[]): void
  /** Ends the connection so that the peer sees that something is missing. */
  abort(): void

  /** Answers 101 and hands over the connection, with the bytes that came behind the head. Node.js only. */
  readonly upgrade?: (fields: readonly string[], handlers: SocketHandlers<undefined>) => UpgradedSocket
  /** Answers 101 and hands over a WebSocket. Bun only. */
  readonly nativeWebSocket?: (fields: readonly string[], handlers: HttpWebSocketHandlers) => HttpWebSocket
}

export interface HttpAnswerHead {
  readonly status: number
  /** The words behind the status; Bun has its own. */
  readonly reason: string
  /** Flat, names in lower case, without framing and connection fields. */
  readonly fields: readonly string[]
  /** `content-length`; undefined for an answer without one, or whose length nobody knows. */
  readonly length: number | undefined
  /** False for HEAD, 204 and 304. */
  readonly hasBody: boolean
  /** The connection ends behind this answer. */
  readonly closes: boolean
}

export interface UpgradedSocket {
  readonly socket: Socket<undefined>
  readonly early: Uint8Array
}

export interface HttpWebSocket {
  /** False while the peer does not keep up. */
  send(data: string | Uint8Array): boolean
  close(code?: number, reason?: string): void
  terminate(): void
  ping(data?: Uint8Array): void
  readonly bufferedAmount: number
}

export interface HttpWebSocketHandlers {
  open?(): void
  message(data: string | Uint8Array): void
  drained?(): void
  close(code: number, reason: string): void
  ping?(data: Uint8Array): void
  pong?(data: Uint8Array): void
}

export interface HttpServer {
  /** Numeric; empty for a Unix socket. */
  readonly host: string
  /** 0 for a Unix socket. */
  readonly port: number
  readonly path: string | undefined
  /** Bun does not count connections: those with a request or a WebSocket under way. */
  readonly connections: number
  /** Closes connections that wait for a request. */
  closeIdle(): void
  /** Takes no more connections; resolves when all are gone. */
  close(): Promise<void>
  /** Closes all connections at once. */
  destroy(): void
  /** @throws ServiceError `BAD_CERTIFICATE`, `NO_TLS`, or on Bun `TLS_RELOAD_UNSUPPORTED`. */
  reloadTls(identity: TlsIdentity): void
}

/**
 * The runtime's server is loaded only here: whoever does not ask for it does not pay for it.
 *
 * @throws ServiceError `ADDRESS_IN_USE` or `LISTEN_FAILED`, naming the address; `BAD_CERTIFICATE`.
 */
export async function serveHttp(options: HttpServerOptions): Promise<HttpServer> {
  const { serveHttp } = runtimeName === 'bun' ? await import('./bun/serve.ts') : await import('./node/http-server.ts')
  return serveHttp(options)
}
