/**
 * ServerExchange: one HTTP/1.1 request and its answer; see `exchange.ts` for what it promises.
 *
 *   run(handler) ─▶ respond │ start … end │ upgrade ─▶ answer complete: the connection goes on to the next request
 *              └──▶ handler settled                 ─▶ both: over, nothing of it may be used any more
 *
 * It is a small object made for each request; what is costly to make, the scanned head, is lent by the server and goes
 * back when the exchange is over.
 */
import { Buffer } from 'node:buffer'
import { ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import type { BodyWriter, Exchange, ExchangeHandler, ResponseSink, UpgradedConnection } from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { endings, writeContent } from './answer-content.ts'
import { type AnswerFraming, answerFraming, framingLine, hasContent } from './answer-framing.ts'
import { writeHead } from './answer-head.ts'
import { AnswerSink } from './answer-sink.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import { type BodyErrors, type BodySource, IncomingBody } from './incoming-body.ts'
import { fieldLines, hasToken, maxInlineText } from './message-writer.ts'
import { problemText, problemType } from './problem.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import type { RequestHead } from './request-head.ts'
import type { ServerConnection } from './server-connection.ts'
import { statusLine } from './status-line.ts'

const nothing = new Uint8Array(0)
/** Bytes of a body that nobody wanted which are read to keep the connection. */
export const maxDrainBytes: number = 64 * 1024

export class ServerExchange implements Exchange, BodySource {
  readonly method: string
  readonly pathStart: number
  readonly pathEnd: number
  readonly queryStart: number
  readonly queryEnd: number
  readonly receivedMs: number
  head: Uint8Array
  answered = false
  cancelled: Error | undefined
  /** Everything of the answer was handed to the connection. */
  isAnswerComplete = false
  readonly #connection: ServerConnection
  readonly #requestHead: RequestHead
  /** What the scanned head points into; the target may stand elsewhere. */
  #headBytes: Uint8Array
  readonly #bodyLength: number | 'chunked'
  #body: IncomingBody | undefined
  /** The client may be waiting for a 100 before it sends the body (RFC 9110 section 10.1.1). */
  #awaitsContinue: boolean
  #isRetained = false
  #isHandlerSettled = false
  #isOver = false
  #cancelListeners: ((reason: Error) => void)[] | undefined

  constructor(connection: ServerConnection, head: RequestHead) {
    this.#connection = connection
    this.#requestHead = head
    this.#headBytes = connection.input.bytes
    this.#bodyLength = head.isChunked ? 'chunked' : head.contentLength
    this.#awaitsContinue = head.expectsContinue && head.minorVersion === 1
    this.receivedMs = connection.receivedMs
    this.method = head.method
    this.head = head.targetBytes ?? this.#headBytes
    this.pathStart = head.pathStart
    this.pathEnd = head.pathEnd
    this.queryStart = head.queryStart
    this.queryEnd = head.queryEnd
  }

  // The request.

  get scheme(): 'http' | 'https' {
    return this.peer.tls === undefined ? 'http' : 'https'
  }

  get authority(): string {
    return this.#liveHead().targetAuthority ?? this.header('host') ?? ''
  }

  get httpVersion(): string {
    return this.#liveHead().minorVersion === 0 ? '1.0' : '1.1'
  }

  get peer(): SocketPeer {
    return this.#connection.socket.peer
  }

  header(name: string): string | undefined {
    return this.#liveHead().fields.get(this.#headBytes, name)
  }

  headerPairs(): string[] {
    return this.#liveHead().fields.pairs(this.#headBytes)
  }

  retain(): void {
    if (this.#isRetained) return
    this.#isRetained = true
    const { input } = this.#connection
    const scanned = this.#headBytes
    const hasInput = input.bytes === scanned
    if (hasInput) input.own()
    // A connection that ended in the meantime has dropped its input.
    const kept = hasInput ? input.bytes : scanned.slice(0, this.#requestHead.end)
    if (this.head === scanned) this.head = kept
    this.#headBytes = kept
  }

  get body(): IncomingBody {
    this.#liveHead()
    return this.#openBody()
  }

  trailer(name: string): string | undefined {
    return this.#body?.trailer(name)
  }

  #liveHead(): RequestHead {
    if (this.#isOver) {
      throw new ServiceError('EXCHANGE_OVER', 'The exchange is over; copy what is needed afterwards while it lasts.')
    }
    return this.#requestHead
  }

  // The answer.

  informational(status: number, headers?: HeaderList): void {
    if (status < 100 || status > 199 || status === 101) throw badStatus(status, '100 to 199, but not 101')
    // RFC 9110 section 15.2: HTTP/1.0 does not know them.
    if (this.answered || this.cancelled !== undefined || this.httpVersion === '1.0') return
    this.#connection.output.send(`${statusLine(status)}${fieldLines(headers?.pairs ?? [])}\r\n`)
  }

  respond(status: number, headers: HeaderList, body: string | Uint8Array | BodyWriter = ''): void {
    this.#claimAnswer(status)
    if (this.cancelled !== undefined) return
    const { output } = this.#connection
    const isHeldHere = output.hold()
    try {
      if (hasContent(this.method, status)) this.#sendWhole(status, headers, body)
      else this.#sendWithoutContent(status, headers, body)
      this.completeAnswer()
    } finally {
      if (isHeldHere) output.release()
    }
  }

  /**
   * Head and body behind one another in the output. The body comes first, because only then its length is known, behind
   * room for the head; of that only the number of digits has to be guessed, and a body that misses it moves.
   */
  #sendWhole(status: number, headers: HeaderList, body: string | Uint8Array | BodyWriter): void {
    const { output, server } = this.#connection
    const content = typeof body === 'string' && body.length > maxInlineText ? Buffer.from(body) : body
    const out = output.begin()
    const start = out.end
    server.date.at(this.#nowMs())
    const closes = this.#decidesToClose(writeHead(out, status, headers, server.date), true)
    const ending = closes ? endings.close : this.#requestHead.minorVersion === 0 ? endings.keepAlive : endings.plain
    try {
      const separate = writeContent(out, ending, content)
      this.#connection.closesAfterAnswer = closes
      output.finish(start)
      if (separate !== undefined) output.send(separate)
    } catch (error) {
      output.undo(start)
      this.answered = false
      throw error
    }
  }

  #sendWithoutContent(status: number, headers: HeaderList, body: string | Uint8Array | BodyWriter): void {
    const length = this.#measured(body)
    this.#connection.closesAfterAnswer = this.#decidesToClose(asksToClose(headers), true)
    this.#sendHead(status, headers, 'none', length)
  }

  #measured(body: string | Uint8Array | BodyWriter): number {
    if (typeof body === 'string') return Buffer.byteLength(body)
    if (body instanceof Uint8Array) return body.length
    const { output } = this.#connection
    const out = output.begin()
    const start = out.end
    try {
      body.writeTo(out)
      return out.end - start
    } catch (error) {
      this.answered = false
      throw error
    } finally {
      output.undo(start)
    }
  }

  /** Inside the event that brought the request its time is good enough. */
  #nowMs(): number {
    return this.#isRetained ? this.#connection.server.monotonic() : this.receivedMs
  }

  start(status: number, headers: HeaderList, length?: number): ResponseSink {
    this.#claimAnswer(status)
    const framing = answerFraming(this.#requestHead, status, length)
    const sink = new AnswerSink(this, this.#connection.output, framing)
    if (this.cancelled !== undefined) return sink
    this.#connection.closesAfterAnswer = this.#decidesToClose(asksToClose(headers), false)
    if (framing === 'until-close') this.#connection.closesAfterAnswer = true
    this.#sendHead(status, headers, framing, length)
    return sink
  }

  upgrade(headers: HeaderList): UpgradedConnection {
    const { connection, minorVersion } = this.#liveHead()
    if (!connection.upgrade || minorVersion === 0 || this.leftBody() !== undefined) {
      const message = 'The connection can only be upgraded if the request asks for it and its body was read.'
      throw new ServiceError('NO_UPGRADE', message, { status: 400 })
    }
    this.retain()
    this.#claimAnswer(101)
    this.#connection.output.send(`${statusLine(101)}${fieldLines(headers.pairs)}connection: upgrade\r\n\r\n`)
    const upgraded = this.#connection.upgrade()
    this.completeAnswer()
    return upgraded
  }

  #claimAnswer(status: number): void {
    if (this.answered) {
      throw new ServiceError('ALREADY_ANSWERED', 'The exchange was answered before; answer it once.')
    }
    if (!Number.isInteger(status) || status > 999 || (status < 200 && status !== 101)) {
      throw badStatus(status, '200 to 999')
    }
    this.answered = true
  }

  #sendHead(status: number, headers: HeaderList, framing: AnswerFraming, length: number | undefined): void {
    const { output, server, closesAfterAnswer } = this.#connection
    let head = statusLine(status) + fieldLines(headers.pairs)
    if (!headers.has('date')) head += server.date.at(this.#nowMs())
    head += framingLine(this.#requestHead, status, framing, headers, length)
    if (closesAfterAnswer) head += 'connection: close\r\n'
    else if (this.#requestHead.minorVersion === 0) head += 'connection: keep-alive\r\n'
    output.send(`${head}\r\n`)
  }

  #decidesToClose(isAskedTo: boolean, isWhole: boolean): boolean {
    const connection = this.#connection
    return (
      isAskedTo ||
      connection.closesAfterAnswer ||
      !this.#requestHead.keepsAlive ||
      connection.server.isDraining ||
      this.#leavesTooMuchBody(isWhole)
    )
  }

  /** Whether too much of the request is unread, as far as can be told, to reach the next one (RFC 9112 section 9.3). */
  #leavesTooMuchBody(isWhole: boolean): boolean {
    const body = this.#body
    if (this.#bodyLength === 0 || body?.isComplete) return false
    if (body?.hasFailed) return true
    // Without a 100 the client may send the body or not, and only it knows.
    if (this.#awaitsContinue && this.input.length === 0) return true
    if (!isWhole || this.#bodyLength === 'chunked') return false
    return (body?.remainingBytes ?? this.#bodyLength) > maxDrainBytes
  }

  completeAnswer(): void {
    this.isAnswerComplete = true
    this.#cancelListeners = undefined
    if (this.#body?.isComplete === false) this.#body.release(bodyReleased())
    this.#checkOver()
    this.#connection.answered()
  }

  // The handler.

  run(handler: ExchangeHandler): void {
    this.#connection.server.inFlight++
    try {
      const promise = handler(this)
      if (promise !== undefined) {
        this.retain()
        promise.then(
          () => this.#handlerSettled(),
          (error: unknown) => this.#handlerFailed(error),
        )
        return
      }
    } catch (error) {
      this.#handlerFailed(error)
      return
    }
    this.#handlerSettled()
  }

  #handlerSettled(): void {
    if (!this.answered && this.cancelled === undefined) {
      this.#handlerFailed(new ServiceError('NO_ANSWER', 'The handler ended without an answer.'))
      return
    }
    this.#isHandlerSettled = true
    this.#checkOver()
    // Somebody else ends the answer later.
    if (!this.#isOver) this.retain()
  }

  #handlerFailed(thrown: unknown): void {
    const error = toServiceError(thrown)
    if (error.status >= 500) this.#connection.server.failed(thrown)
    if (!this.answered && this.cancelled === undefined) this.#respondWith(error)
    else if (!this.isAnswerComplete) this.abort(error)
    this.#isHandlerSettled = true
    this.#checkOver()
  }

  #respondWith(error: ServiceError): void {
    const status = error.status >= 400 && error.status <= 599 ? error.status : 500
    const headers = new HeaderList().append('content-type', problemType)
    this.respond(status, headers, problemText(status, error.code, error.message))
  }

  #checkOver(): void {
    if (this.#isOver || !this.#isHandlerSettled || !(this.isAnswerComplete || this.cancelled !== undefined)) return
    this.#isOver = true
    this.head = this.#headBytes = nothing
    const { server } = this.#connection
    server.exchangeOver(this.#requestHead)
  }

  // Cancelling.

  onCancel(listener: (reason: Error) => void): void {
    if (this.cancelled !== undefined) listener(this.cancelled)
    else if (!this.isAnswerComplete) this.#cancelListeners = [...(this.#cancelListeners ?? []), listener]
  }

  abort(reason: Error): void {
    if (this.isAnswerComplete) return
    this.cancel(reason)
    this.#connection.destroy(reason)
  }

  /** The answer will not reach anybody any more. */
  cancel(reason: Error): void {
    if (this.isAnswerComplete || this.cancelled !== undefined) return
    this.cancelled = reason
    this.#body?.fail(reason)
    const listeners = this.#cancelListeners ?? []
    this.#cancelListeners = undefined
    for (const listener of listeners) this.#connection.server.guard(() => listener(reason))
    this.#checkOver()
  }

  // The body's source.

  get input(): ReceiveBuffer {
    return this.#connection.input
  }

  /** Pieces of the body are given out of the same bytes as the head, and must last as long. */
  ownInput(): void {
    this.retain()
    this.input.own()
  }

  bodyWaits(): void {
    if (this.#awaitsContinue && !this.answered) this.#connection.output.send(`${statusLine(100)}\r\n`)
    this.#awaitsContinue = false
    this.#connection.bodyWaits()
  }

  bodyMoved(): void {
    this.#connection.bodyMoved()
  }

  /** New bytes arrived, or no more will. */
  inputMoved(hasEnded: boolean): void {
    const body = this.#body
    if (body === undefined || body.isComplete) return
    if (hasEnded) body.endInput()
    else body.feed()
    if (body.isWaiting) this.#connection.bodyWaits()
  }

  bodyTimedOut(): void {
    if (!this.#body?.isWaiting) return
    this.#body.fail(new ServiceError('BODY_TIMEOUT', 'The body stopped arriving.', { status: 408 }))
  }

  /** The part of the request that nobody has read; undefined if there is none. */
  leftBody(): IncomingBody | undefined {
    if (this.#bodyLength === 0) return undefined
    const body = this.#openBody()
    return body.isComplete ? undefined : body
  }

  #openBody(): IncomingBody {
    if (this.#body !== undefined) return this.#body
    const { input, server, hasPeerEnded } = this.#connection
    const framing = this.#bodyLength === 'chunked' ? new ChunkedDecoder(server.limits, input.start) : this.#bodyLength
    this.#body = new IncomingBody(this, framing, server.limits.maxBodyBytes, bodyErrors)
    if (hasPeerEnded) this.#body.endInput()
    return this.#body
  }
}

function asksToClose(headers: HeaderList): boolean {
  return hasToken(headers.get('connection'), 'close')
}

const bodyErrors: BodyErrors = {
  tooLarge: (maxBytes) =>
    new ServiceError('BODY_TOO_LARGE', `The body is larger than the ${maxBytes} bytes allowed here.`, { status: 413 }),
  malformed: (refusal) => new ServiceError('BAD_BODY', refusal.message, { status: refusal.status }),
  truncated: () =>
    new ServiceError('BAD_BODY', 'The connection was half-closed before the body was complete.', { status: 400 }),
}

function bodyReleased(): ServiceError {
  return new ServiceError('EXCHANGE_OVER', 'The exchange was answered; the rest of its body is gone.')
}

function badStatus(status: number, expected: string): ServiceError {
  return new ServiceError('BAD_STATUS', `The status ${status} cannot be sent here; use ${expected}.`)
}
