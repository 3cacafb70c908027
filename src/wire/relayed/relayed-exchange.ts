/**
 * RelayedExchange: a request that somebody else has read, and whose answer somebody else writes: the runtime's own server,
 * or nobody's, in memory. It gives the promises of `exchange.ts` in the same words as HTTP/1.1 over sockets.
 */
import { Buffer } from 'node:buffer'
import { ServiceError, toServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpAnswerHead, HttpTransaction } from '../../platform/http-server.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import type {
  BodyWriter,
  Exchange,
  ExchangeHandler,
  NativeWebSocketUpgrade,
  ResponseSink,
  UpgradedConnection,
} from '../exchange.ts'
import { HeaderList } from '../headers.ts'
import { hasToken } from '../http1/message-writer.ts'
import { problemText, problemType } from '../http1/problem.ts'
import { RawConnection } from '../http1/raw-connection.ts'
import type { RequestHead } from '../http1/request-head.ts'
import { reasonOf } from '../http1/status-line.ts'
import type { RelayServer } from './relay-server.ts'
import { RelayedBody } from './relayed-body.ts'
import { owned, RelayedSink, sendable } from './relayed-sink.ts'

const nothing = new Uint8Array(0)
/** Bytes of a body that nobody wanted which are worth reading to keep the connection. */
const maxDrainBytes = 64 * 1024

export class RelayedExchange implements Exchange {
  readonly method: string
  readonly pathStart: number
  readonly pathEnd: number
  readonly queryStart: number
  readonly queryEnd: number
  readonly receivedMs: number
  head: Uint8Array
  answered = false
  isAnswerComplete = false
  cancelled: Error | undefined
  readonly upgrade?: (headers: HeaderList) => UpgradedConnection
  readonly nativeWebSocket?: NativeWebSocketUpgrade
  readonly #server: RelayServer
  readonly #transaction: HttpTransaction
  readonly #requestHead: RequestHead
  #headBytes: Uint8Array
  #body: RelayedBody | undefined
  #awaitsContinue: boolean
  #isHandlerSettled = false
  #isOver = false
  #cancelListeners: ((reason: Error) => void)[] | undefined

  constructor(server: RelayServer, transaction: HttpTransaction, head: RequestHead, bytes: Uint8Array) {
    this.#server = server
    this.receivedMs = server.clock.monotonic()
    this.#transaction = transaction
    this.#requestHead = head
    this.#headBytes = bytes
    this.#awaitsContinue = head.expectsContinue && head.minorVersion === 1
    this.method = head.method
    this.head = head.targetBytes ?? bytes
    this.pathStart = head.pathStart
    this.pathEnd = head.pathEnd
    this.queryStart = head.queryStart
    this.queryEnd = head.queryEnd
    transaction.onGone = (error) => this.#cancel(clientGone(error))
    if (!head.connection.upgrade || head.minorVersion === 0) return
    if (transaction.upgrade !== undefined) this.upgrade = (headers) => this.#upgrade(headers)
    const { nativeWebSocket } = transaction
    if (nativeWebSocket !== undefined) {
      this.nativeWebSocket = (headers, handlers) => {
        this.#checkUnanswered()
        const socket = nativeWebSocket.call(transaction, sendable(headers.pairs), handlers)
        this.answered = true
        this.completeAnswer()
        return socket
      }
    }
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
    return this.#transaction.peer
  }

  header(name: string): string | undefined {
    return this.#liveHead().fields.get(this.#headBytes, name)
  }

  headerPairs(): string[] {
    return this.#liveHead().fields.pairs(this.#headBytes)
  }

  /** The head is in memory of its own until the exchange is over. */
  retain(): void {}

  get body(): RelayedBody {
    const { isChunked, contentLength } = this.#liveHead()
    const { limits, clock } = this.#server
    this.#body ??= new RelayedBody({
      transaction: this.#transaction,
      length: isChunked ? undefined : contentLength,
      maxBytes: limits.maxBodyBytes,
      timeoutMs: limits.bodyTimeoutMs,
      clock,
      onFirstPull: () => this.#continue(),
      onGone: (error) => this.#cancel(clientGone(error)),
    })
    if (this.cancelled !== undefined) this.#body.fail(this.cancelled)
    return this.#body
  }

  trailer(name: string): string | undefined {
    if (!this.#body?.isComplete) return undefined
    const { trailers } = this.#transaction
    const values = trailers.filter((_, i) => i % 2 === 1 && trailers[i - 1]?.toLowerCase() === name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  #liveHead(): RequestHead {
    if (!this.#isOver) return this.#requestHead
    throw new ServiceError('EXCHANGE_OVER', 'The exchange is over; copy what is needed afterwards while it lasts.')
  }

  #continue(): void {
    if (this.#awaitsContinue && !this.answered) this.#transaction.continue()
    this.#awaitsContinue = false
  }

  // The answer.

  informational(status: number, headers?: HeaderList): void {
    if (status < 100 || status > 199 || status === 101) throw badStatus(status, '100 to 199, but not 101')
    if (this.answered || this.cancelled !== undefined || this.httpVersion === '1.0') return
    this.#transaction.informational(status, sendable(headers?.pairs ?? []))
  }

  respond(status: number, headers: HeaderList, body: string | Uint8Array | BodyWriter = ''): void {
    this.#checkUnanswered()
    checkStatus(status)
    if (this.cancelled === undefined) {
      const content = typeof body === 'object' && 'writeTo' in body ? this.#written(body) : owned(body)
      const byteLength = typeof content === 'string' ? Buffer.byteLength(content) : content.length
      this.#transaction.respond(this.#answerHead(status, headers, byteLength, true), content)
    }
    this.answered = true
    this.completeAnswer()
  }

  #written(body: BodyWriter): Uint8Array {
    const { scratch } = this.#server
    scratch.end = 0
    body.writeTo(scratch)
    return new Uint8Array(scratch.written())
  }

  start(status: number, headers: HeaderList, length?: number): ResponseSink {
    this.#checkUnanswered()
    checkStatus(status)
    const head = this.#answerHead(status, headers, length, false)
    if (this.cancelled === undefined) this.#transaction.start(head)
    this.answered = true
    return new RelayedSink(this, this.#transaction, head)
  }

  #upgrade(headers: HeaderList): UpgradedConnection {
    const { upgrade } = this.#transaction
    if (upgrade === undefined || this.cancelled !== undefined) throw noUpgrade()
    this.#checkUnanswered()
    let raw: RawConnection | undefined
    const { socket, early } = upgrade.call(this.#transaction, sendable(headers.pairs), {
      data: (_, bytes) => raw?.received(bytes),
      drained: () => raw?.drained(),
      peerEnd: () => raw?.ended(),
      close: (_, error) => raw?.closed(error),
    })
    raw = new RawConnection(socket, early)
    this.answered = true
    this.completeAnswer()
    return raw
  }

  /** Whoever writes for us may refuse still, so it counts as answered only after that. */
  #checkUnanswered(): void {
    if (!this.answered) return
    throw new ServiceError('ALREADY_ANSWERED', 'The exchange was answered before; answer it once.')
  }

  #answerHead(status: number, headers: HeaderList, byteLength: number | undefined, isWhole: boolean): HttpAnswerHead {
    const hasBody = this.method !== 'HEAD' && status !== 204 && status !== 304
    const length = hasBody ? byteLength : this.#bodilessLength(status, headers, byteLength ?? 0)
    const closes = this.#closes(headers, isWhole) || (hasBody && length === undefined && this.httpVersion === '1.0')
    return { status, reason: reasonOf(status), fields: sendable(headers.pairs), length, hasBody, closes }
  }

  /** HEAD and 304 may tell the length that a GET would have had (RFC 9110 section 8.6); 204 has none. */
  #bodilessLength(status: number, headers: HeaderList, length: number): number | undefined {
    if (status === 204) return undefined
    if (this.method === 'HEAD' && length > 0) return length
    const told = headers.get('content-length')
    return told === undefined ? undefined : Number(told)
  }

  #closes(headers: HeaderList, isWhole: boolean): boolean {
    return (
      !this.#requestHead.keepsAlive ||
      this.#server.isDraining ||
      this.#leavesTooMuchBody(isWhole) ||
      hasToken(headers.get('connection') ?? '', 'close')
    )
  }

  /** Whether too much of the request is unread, as far as can be told, to reach the next one (RFC 9112 section 9.3). */
  #leavesTooMuchBody(isWhole: boolean): boolean {
    const { isChunked, contentLength } = this.#requestHead
    const body = this.#body
    if ((!isChunked && contentLength === 0) || body?.isComplete) return false
    if (body?.hasFailed || this.#awaitsContinue) return true
    if (!isWhole || isChunked) return false
    return (body?.remainingBytes ?? contentLength) > maxDrainBytes
  }

  completeAnswer(): void {
    this.isAnswerComplete = true
    this.#cancelListeners = undefined
    this.#body?.fail(new ServiceError('EXCHANGE_OVER', 'The exchange was answered; the rest of its body is gone.'))
    this.#checkOver()
  }

  // The handler.

  run(handler: ExchangeHandler): void {
    try {
      const promise = handler(this)
      if (promise === undefined) this.#handlerSettled()
      else
        promise.then(
          () => this.#handlerSettled(),
          (error: unknown) => this.#handlerFailed(error),
        )
    } catch (error) {
      this.#handlerFailed(error)
    }
  }

  #handlerSettled(): void {
    if (!this.answered && this.cancelled === undefined) {
      this.#handlerFailed(new ServiceError('NO_ANSWER', 'The handler ended without an answer.'))
      return
    }
    this.#isHandlerSettled = true
    this.#checkOver()
  }

  #handlerFailed(thrown: unknown): void {
    const error = toServiceError(thrown)
    if (error.status >= 500) this.#server.failed(thrown)
    if (!this.answered && this.cancelled === undefined) this.#respondWith(error)
    else if (!this.isAnswerComplete) this.abort(error)
    this.#isHandlerSettled = true
    this.#checkOver()
  }

  #respondWith(error: ServiceError): void {
    const headers = new HeaderList().append('content-type', problemType)
    this.respond(error.status, headers, problemText(error.status, error.code, error.message))
  }

  #checkOver(): void {
    if (this.#isOver || !this.#isHandlerSettled || !(this.isAnswerComplete || this.cancelled !== undefined)) return
    this.#isOver = true
    this.head = this.#headBytes = nothing
    this.#server.exchangeOver(this.#requestHead)
  }

  // Cancelling.

  onCancel(listener: (reason: Error) => void): void {
    if (this.cancelled !== undefined) listener(this.cancelled)
    else if (!this.isAnswerComplete) this.#cancelListeners = [...(this.#cancelListeners ?? []), listener]
  }

  abort(reason: Error): void {
    if (this.isAnswerComplete || this.cancelled !== undefined) return
    this.#cancel(reason)
    this.#transaction.abort()
  }

  #cancel(reason: Error): void {
    if (this.isAnswerComplete || this.cancelled !== undefined) return
    this.cancelled = reason
    this.#body?.fail(reason)
    const listeners = this.#cancelListeners ?? []
    this.#cancelListeners = undefined
    for (const listener of listeners) this.#server.guard(() => listener(reason))
    this.#checkOver()
  }
}

function clientGone(cause: unknown): ServiceError {
  return new ServiceError('CLIENT_GONE', 'The client closed the connection.', { status: 499, cause })
}

function checkStatus(status: number): void {
  if (!Number.isInteger(status) || status < 200 || status > 999) throw badStatus(status, '200 to 999')
}

function badStatus(status: number, expected: string): ServiceError {
  return new ServiceError('BAD_STATUS', `The status ${status} cannot be sent here; use ${expected}.`)
}

function noUpgrade(): ServiceError {
  const message = 'The connection can only be upgraded if the request asks for it and its body was read.'
  return new ServiceError('NO_UPGRADE', message, { status: 400 })
}
