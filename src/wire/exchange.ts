/**
 * Exchange: one request and its answer, free of any protocol and any runtime.
 *
 *            ┌ http1/ over sockets (engines/sockets) ┐
 *   bytes ──▶│ the runtime's server  (engines/native) │──▶ Exchange ──▶ router ─▶ onion ─▶ handler
 *            │ app.request()       (memory-exchange)  │        ▲                             │
 *            └ http2/, gateway, WebAssembly (later)   ┘        └── respond │ start … end ◀───┘
 *
 *   head ─▶ [informational]* ─▶ respond(whole answer)                         ─▶ over
 *                            └▶ start(head) ─▶ sink.write* ─▶ sink.end(trailers) ─▶ over
 *   cancelled (the peer went away, a write failed, a limit was met) may come at any point before «over»
 *
 * Lifetime: an exchange and every view it hands out are valid until «over»: its answer is complete (or it was cancelled)
 * and the handler has ended; afterwards its methods throw `EXCHANGE_OVER`. The bytes of the head are the receive buffer's
 * until `retain()`, which the engine calls itself when a handler returns before it has answered: no handler needs to.
 */
import type { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import type { HttpWebSocket, HttpWebSocketHandlers } from '../platform/http-server.ts'
import type { SocketPeer } from '../platform/socket.ts'
import type { HeaderList } from './headers.ts'

export interface Exchange {
  /** Upper-case token, such as `GET`. */
  readonly method: string
  /** `http` or `https`, as the connection is; forwarding headers are not consulted. */
  readonly scheme: 'http' | 'https'
  /** Host and optional port that the request is meant for, as sent; empty when HTTP/1.0 sent none. */
  readonly authority: string
  /** `1.0`, `1.1` or `2`. */
  readonly httpVersion: string
  readonly peer: SocketPeer
  /**
   * When the engine took the bytes that completed the head, in milliseconds on the monotonic scale of its clock. Requests
   * that arrived in one piece have the same, so that whoever measures reads the clock only once more.
   */
  readonly receivedMs: number

  /**
   * The request target in origin form (`/path?query`, or `*` for OPTIONS) as bytes of `head`: path in
   * [pathStart, pathEnd), query without its `?` in [queryStart, queryEnd), empty if there is none.
   * Every byte is in 0x21–0x7E and none is `#`: engines refuse anything else. `retain()` may put another array here in
   * which the same offsets hold: behind an await, read it anew.
   */
  readonly head: Uint8Array
  readonly pathStart: number
  readonly pathEnd: number
  readonly queryStart: number
  readonly queryEnd: number

  /**
   * The value of the header `name` (lower-case), or undefined. Several fields of one name are joined with `, `,
   * `cookie` with `; ` (RFC 9110 section 5.2, RFC 9113 section 8.2.3).
   */
  header(name: string): string | undefined
  /** All fields in order as received, names lower-case, as `[name, value, name, value, …]`; a new array at each call. */
  headerPairs(): string[]
  /** Makes the head stay valid until «over», all offsets into it unchanged. Calling it again costs nothing. */
  retain(): void

  readonly body: RequestBody
  /** Fields after the body; undefined until the body was read to its end or if there were none. */
  trailer(name: string): string | undefined

  /**
   * Sends an interim answer, such as 103 with `link` fields. 100 is sent by itself when the body is first asked for.
   * Dropped where the client does not know them (HTTP/1.0) and once the exchange is answered.
   *
   * @throws ServiceError `BAD_STATUS` outside of 100 to 199, and for 101.
   */
  informational(status: number, headers?: HeaderList): void
  /**
   * Answers in one piece. `body` as a string is sent as UTF-8; for HEAD and for 204 and 304 it is not sent.
   * `content-length`, `transfer-encoding`, `connection` and `date` are the engine's business: only `connection: close`, a
   * `date` of one's own, and the `content-length` of an answer to HEAD or of a 304 are taken from `headers`. Bytes beyond
   * 16 KiB are not copied: do not change them afterwards. On a cancelled exchange it does nothing.
   *
   * A `BodyWriter` is called once, before this returns, also where its bytes are not sent. What it throws is thrown on, and
   * the exchange is as before: nothing was sent, `answered` is false, and another answer can be given.
   *
   * @throws ServiceError `ALREADY_ANSWERED` after `respond` or `start`; `BAD_STATUS` outside of 200 to 999.
   */
  respond(status: number, headers: HeaderList, body?: string | Uint8Array | BodyWriter): void
  /**
   * Sends the head and answers piece by piece. `length` in bytes if it is known, so that it can be announced.
   *
   * @throws ServiceError `ALREADY_ANSWERED` or `BAD_STATUS`, as `respond` does.
   */
  start(status: number, headers: HeaderList, length?: number): ResponseSink
  /** True once `respond` or `start` was called. */
  readonly answered: boolean

  /** Calls `listener` once if the exchange is cancelled; at once if it was. The handler's work is then in vain. */
  onCancel(listener: (reason: Error) => void): void
  readonly cancelled: Error | undefined
  /** Ends the exchange abruptly: nothing more is sent, the connection (or stream) is closed so that the peer notices. */
  abort(reason: Error): void

  /**
   * Takes the connection over for another protocol (RFC 9110 section 7.8) after answering 101 with `headers`.
   * Undefined where the protocol or the engine has no such thing.
   *
   * @throws ServiceError `NO_UPGRADE` (400) if the request does not ask for it or has a body that was not read.
   */
  readonly upgrade?: (headers: HeaderList) => UpgradedConnection
  /** Turns the exchange into a WebSocket where the engine brings its own; else `upgrade` serves. */
  readonly nativeWebSocket?: NativeWebSocketUpgrade
}

/** A body that writes itself straight into the engine's output. */
export interface BodyWriter {
  /** Writes from `out.end` on and touches nothing before it. It must not answer an exchange meanwhile, nor keep `out`. */
  writeTo(out: ByteWriter): void
}

export interface RequestBody {
  /** Announced length in bytes, `undefined` if it is not known beforehand (chunked), 0 if there is no body. */
  readonly length: number | undefined
  /** Largest number of bytes that may arrive; a route may change it before the body is asked for. */
  maxBytes: number
  /**
   * The whole body. Returned directly, without a promise, when it has arrived already. The bytes are valid until «over».
   *
   * @throws ServiceError `BODY_TOO_LARGE` (413), `BODY_TIMEOUT` (408), `BAD_BODY` (400) or `CLIENT_GONE` (499), thrown
   *   or as rejection; `BODY_CONSUMED` if it was pulled before; `EXCHANGE_OVER` once the exchange was answered.
   */
  bytes(): Uint8Array | Promise<Uint8Array>
  /**
   * The whole body as a view into the bytes as they were received, for whoever is done with it before the handler returns
   * or first awaits: afterwards it may show anything. Undefined if the body has not arrived whole or the engine has no such
   * view; then `bytes` gives it. Otherwise it counts as the one pull, and has the same errors as `bytes`.
   */
  borrow(): Uint8Array | undefined
  /** The next piece, or undefined at the end. Valid until the next call. Same errors as `bytes`. */
  read(): Uint8Array | undefined | Promise<Uint8Array | undefined>
}

export interface ResponseSink {
  /**
   * Sends a piece. Returns nothing while the peer keeps up, else a promise to await before the next one. Bytes beyond
   * 16 KiB are not copied: do not change them afterwards.
   *
   * @throws ServiceError `CLIENT_GONE` once the exchange is cancelled; `BAD_LENGTH` if more than announced is written.
   */
  write(piece: string | Uint8Array): void | Promise<void>
  /**
   * Ends the answer. Trailers are sent where the protocol can (chunked HTTP/1.1, HTTP/2) and dropped elsewhere.
   *
   * @throws ServiceError `BAD_LENGTH` if less than announced was written; the answer is cut off then.
   */
  end(trailers?: HeaderList): void
  /** Ends it so that the peer sees that it is incomplete. */
  abort(reason: Error): void
}

/** The raw connection after an upgrade. */
export interface UpgradedConnection {
  /** Bytes the client sent behind its request head; they come before anything that `onData` delivers. */
  readonly early: Uint8Array
  write(bytes: Uint8Array): boolean
  end(): void
  destroy(): void
  pause(): void
  resume(): void
  /** Set once, at once after the upgrade. */
  handlers: { data(bytes: Uint8Array): void; drained?(): void; end?(): void; close?(error?: Error): void }
}

export type NativeWebSocketUpgrade = (headers: HeaderList, handlers: NativeWebSocketHandlers) => NativeWebSocket

export type NativeWebSocket = HttpWebSocket
export type NativeWebSocketHandlers = HttpWebSocketHandlers

/**
 * Answers one exchange. It may return before it has answered, with a promise that resolves when it has.
 * A throw or a rejection before the answer is answered by the engine with a small problem: a `ServiceError` with its own
 * status, anything else (and no answer at all, `NO_ANSWER`) with 500; later it aborts the exchange.
 */
export type ExchangeHandler = (exchange: Exchange) => void | Promise<void>
