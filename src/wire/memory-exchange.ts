/**
 * An exchange without a socket, for `app.request()` and for tests.
 *
 *   MemoryRequest ─▶ head and body by the rules of HTTP/1.1 ─▶ handler ─▶ MemoryAnswer: status, headers, body while it is made
 *         └─ cancel(): the client goes away
 *
 * What a server would refuse is refused with the same answer, so a test sees what a client would see. Only the fields that
 * speak of a connection or of the time are missing from the answer: `connection`, `date`, `transfer-encoding`.
 */
import { Buffer } from 'node:buffer'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { HttpAnswerHead, HttpTransaction } from '../platform/http-server.ts'
import type { SocketPeer } from '../platform/socket.ts'
import type { ExchangeHandler } from './exchange.ts'
import { HeaderList } from './headers.ts'
import { defaultLimits, type WireLimits } from './limits.ts'
import { RelayServer } from './relayed/relay-server.ts'

export interface MemoryRequest {
  /** Default `GET`. */
  method?: string
  /** Path and query as they would be sent, escaped. Default `/`. */
  target?: string
  /** `host` is `localhost` unless it is given; the body is framed unless a field does. */
  headers?: Iterable<readonly [string, string]>
  body?: string | Uint8Array | Iterable<Piece> | AsyncIterable<Piece>
  /** Fields behind the body, known to the handler once it has read all of it. */
  trailers?: Iterable<readonly [string, string]>
  httpVersion?: '1.0' | '1.1'
  /** `https` stands for a connection with TLS. Default `http`. */
  scheme?: 'http' | 'https'
  /** Default 127.0.0.1, port 0. */
  peer?: SocketPeer
}

type Piece = string | Uint8Array

export interface MemoryExchangeOptions {
  handler: ExchangeHandler
  limits?: Partial<WireLimits>
  clock?: Clock
  /** Told of a handler's throw that was answered with 500. */
  onError?(error: unknown): void
}

export interface MemoryCall {
  /** Resolves with the head. Rejects with `ANSWER_INCOMPLETE` if the exchange was aborted, or the client left, before it. */
  readonly answer: Promise<MemoryAnswer>
  /** The client goes away: the exchange is cancelled, unless it is answered. */
  cancel(reason?: Error): void
}

export interface MemoryAnswer {
  readonly status: number
  readonly headers: HeaderList
  /** Interim answers that came before. */
  readonly informational: readonly { readonly status: number; readonly headers: HeaderList }[]
  /**
   * The pieces as they are written, once; the handler is held back while nobody reads. To leave the loop early is to go
   * away. Throws `ANSWER_INCOMPLETE` where the answer breaks off.
   */
  readonly body: AsyncIterable<Uint8Array>
  /** The whole body. */
  bytes(): Promise<Uint8Array>
  /** The whole body as UTF-8. */
  text(): Promise<string>
  /** Complete when the body is. */
  readonly trailers: HeaderList
}

/** @throws ServiceError `BAD_HEADER` if a field of the request cannot be sent. */
export function exchangeInMemory(
  request: MemoryRequest,
  { handler, limits, clock = systemClock, onError }: MemoryExchangeOptions,
): MemoryCall {
  const transaction = new MemoryTransaction(request)
  const hooks = onError === undefined ? {} : { onError }
  new RelayServer({ handler, clock, limits: { ...defaultLimits, ...limits }, ...hooks }).take(transaction)
  return transaction
}

/** Bytes of an answer that nobody has read, beyond which the handler waits. */
const maxUnreadBytes = 64 * 1024

class MemoryTransaction implements HttpTransaction, MemoryCall {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: readonly string[]
  readonly peer: SocketPeer
  readonly trailers: readonly string[]
  onGone: (error?: Error) => void = () => {}
  readonly #pieces: Iterator<Piece> | AsyncIterator<Piece>
  readonly #answer = Promise.withResolvers<MemoryAnswer>()
  readonly #interim: MemoryAnswer['informational'][number][] = []
  #body: AnswerBody | undefined

  constructor(request: MemoryRequest) {
    const { method = 'GET', target = '/', trailers = [], peer = { address: '127.0.0.1', port: 0 } } = request
    this.method = method
    this.target = target
    this.version = request.httpVersion ?? '1.1'
    this.fields = requestFields(request)
    this.trailers = HeaderList.from(trailers).pairs
    this.peer = request.scheme === 'https' ? { ...peer, tls: peer.tls ?? plainTlsPeer } : peer
    this.#pieces = piecesOf(request.body)
    // Whoever only cancels need not care for the answer.
    this.#answer.promise.catch(() => {})
  }

  get answer(): Promise<MemoryAnswer> {
    return this.#answer.promise
  }

  cancel(reason?: Error): void {
    this.onGone(reason)
    this.#breakOff()
  }

  readBody(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    const next = this.#pieces.next()
    return next instanceof Promise ? next.then(pieceOf) : pieceOf(next)
  }

  continue(): void {
    this.informational(100, [])
  }

  informational(status: number, fields: readonly string[]): void {
    this.#interim.push({ status, headers: listOf(fields) })
  }

  respond(head: HttpAnswerHead, body: string | Uint8Array): void {
    this.start(head)
    if (head.hasBody && body.length > 0) void this.write(body)
    this.end([])
  }

  start({ status, fields, length }: HttpAnswerHead): void {
    const headers = listOf(fields)
    if (length !== undefined) headers.set('content-length', String(length))
    const body = new AnswerBody(() => this.cancel())
    this.#body = body
    this.#answer.resolve({
      status,
      headers,
      body,
      informational: this.#interim,
      bytes: () => body.bytes(),
      text: async () => (await body.bytes()).toString(),
      trailers: body.trailers,
    })
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    return this.#body?.put(Buffer.from(piece))
  }

  end(trailers: readonly string[]): void {
    this.#body?.end(trailers)
  }

  abort(): void {
    this.#breakOff()
  }

  #breakOff(): void {
    const error = new ServiceError('ANSWER_INCOMPLETE', 'The exchange ended before its answer was complete.')
    this.#answer.reject(error)
    this.#body?.breakOff(error)
  }
}

/** The way of an answer's bytes from the handler to whoever asked. */
class AnswerBody implements AsyncIterable<Uint8Array> {
  readonly trailers: HeaderList = new HeaderList()
  readonly #leave: () => void
  readonly #unread: Uint8Array[] = []
  #unreadBytes = 0
  #hasEnded = false
  #failure: Error | undefined
  #arrival: PromiseWithResolvers<void> | undefined
  #room: PromiseWithResolvers<void> | undefined

  constructor(leave: () => void) {
    this.#leave = leave
  }

  put(piece: Uint8Array): void | Promise<void> {
    this.#unread.push(piece)
    this.#unreadBytes += piece.length
    this.#arrival?.resolve()
    if (this.#unreadBytes <= maxUnreadBytes) return
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  end(trailers: readonly string[]): void {
    for (let i = 0; i < trailers.length; i += 2) this.trailers.append(trailers[i] as string, trailers[i + 1] as string)
    this.#hasEnded = true
    this.#arrival?.resolve()
  }

  breakOff(error: Error): void {
    if (this.#hasEnded) return
    this.#failure ??= error
    this.#arrival?.resolve()
    this.#room?.resolve()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array> {
    try {
      for (let piece = await this.#take(); piece !== undefined; piece = await this.#take()) yield piece
    } finally {
      if (!this.#hasEnded) this.#leave()
    }
  }

  async bytes(): Promise<Buffer> {
    const pieces: Uint8Array[] = []
    for await (const piece of this) pieces.push(piece)
    return Buffer.concat(pieces)
  }

  async #take(): Promise<Uint8Array | undefined> {
    while (this.#unread.length === 0 && !this.#hasEnded && this.#failure === undefined) {
      this.#arrival = Promise.withResolvers<void>()
      await this.#arrival.promise
    }
    const piece = this.#unread.shift()
    if (piece === undefined && this.#failure !== undefined) throw this.#failure
    this.#unreadBytes -= piece?.length ?? 0
    if (this.#unreadBytes <= maxUnreadBytes) {
      this.#room?.resolve()
      this.#room = undefined
    }
    return piece
  }
}

const plainTlsPeer = { alpnProtocol: undefined, serverName: undefined, authorized: false }

function requestFields({ headers = [], body, httpVersion }: MemoryRequest): readonly string[] {
  const list = HeaderList.from(headers)
  if (!list.has('host') && httpVersion !== '1.0') list.append('host', 'localhost')
  if (body === undefined || list.has('content-length') || list.has('transfer-encoding')) return list.pairs
  if (isPiece(body)) list.append('content-length', String(Buffer.byteLength(body)))
  else list.append('transfer-encoding', 'chunked')
  return list.pairs
}

function piecesOf(body: MemoryRequest['body'] = []): Iterator<Piece> | AsyncIterator<Piece> {
  if (isPiece(body)) return (body.length === 0 ? [] : [body])[Symbol.iterator]()
  return Symbol.asyncIterator in body ? body[Symbol.asyncIterator]() : body[Symbol.iterator]()
}

function isPiece(body: MemoryRequest['body']): body is Piece {
  return typeof body === 'string' || body instanceof Uint8Array
}

function pieceOf({ done, value }: IteratorResult<Piece, unknown>): Uint8Array | undefined {
  if (done) return undefined
  return typeof value === 'string' ? Buffer.from(value) : value
}

function listOf(fields: readonly string[]): HeaderList {
  const list = new HeaderList()
  for (let i = 0; i < fields.length; i += 2) list.append(fields[i] as string, fields[i + 1] as string)
  return list
}
