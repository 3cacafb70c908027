/**
 * Http1ClientConnection: one connection to one server, one request at a time.
 *
 *   free ──request──▶ head ──1xx──▶ head ──final──▶ body ──read to its end──▶ free
 *     │                 │ 101                         └─ close, or not all was sent ─▶ closed
 *     └─ bytes nobody asked for, peer's end ─▶ closed       └─▶ upgraded: another protocol's now
 *
 * It reads as strictly as the server does. What it does not do: connecting again, pooling, deadlines, retries, redirects.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { type ConnectOptions, connect } from '../../platform/connect.ts'
import type { Socket, SocketHandlers } from '../../platform/socket.ts'
import { HeaderList } from '../headers.ts'
import { ChunkedDecoder } from './chunked-decoder.ts'
import {
  type ClientRequest,
  type ClientResponse,
  type OutgoingBody,
  requestHead,
  wantsClose,
} from './client-message.ts'
import { ConnectionOutput } from './connection-output.ts'
import { scanDone, scanMore, scanRefused } from './field-section.ts'
import { type BodyErrors, type BodyFraming, type BodySource, IncomingBody } from './incoming-body.ts'
import { IncomingResponse } from './incoming-response.ts'
import { payloadOf } from './message-writer.ts'
import { type BodySender, sendBody } from './outgoing-body.ts'
import { RawConnection } from './raw-connection.ts'
import { ReceiveBuffer } from './receive-buffer.ts'
import type { Refusal } from './refusal.ts'
import { ResponseHead, type ResponseHeadLimits } from './response-head.ts'

export interface Http1ClientOptions {
  /** Status line and fields together, in bytes; default 32 KiB. */
  maxHeadBytes?: number
  /** Default 200. */
  maxHeaders?: number
  /** The connection can take another request. */
  onFree?(connection: Http1ClientConnection): void
  /** The connection is gone, or will take no more requests. Called once. */
  onClose?(connection: Http1ClientConnection): void
}

export type Http1ConnectOptions = Omit<ConnectOptions, 'state' | 'handlers'> & Http1ClientOptions

/** Unread bytes of an answer beyond which the server is held back. */
const maxBufferedBytes = 64 * 1024
/** Bytes of a discarded body that are read to keep the connection. */
const maxDiscardBytes = 64 * 1024

/** RFC 9110 section 9.2.2. */
const idempotentMethods = new Set(['GET', 'HEAD', 'OPTIONS', 'TRACE', 'PUT', 'DELETE'])

type Phase = 'free' | 'head' | 'body' | 'discarding' | 'upgraded' | 'closed'

/** The request under way. */
interface Pending {
  readonly request: ClientRequest
  readonly resolve: (response: ClientResponse) => void
  readonly reject: (error: unknown) => void
}

export class Http1ClientConnection implements BodySource, BodySender {
  readonly input: ReceiveBuffer = new ReceiveBuffer()
  /** Requests sent so far; each but the first found the connection open. */
  requests = 0
  readonly #options: Http1ClientOptions
  readonly #limits: ResponseHeadLimits
  readonly #head: ResponseHead
  #socket: Socket<Http1ClientConnection> | undefined
  #phase: Phase = 'free'
  #pending: Pending | undefined
  #body: IncomingBody | undefined
  #raw: RawConnection | undefined
  #isSent = false
  #keepsAlive = false
  #hasAnswerBegun = false
  #hasPeerEnded = false
  #isPaused = false
  #isAdvancing = false
  #output: ConnectionOutput | undefined

  /** @throws what `connect` of the platform throws. */
  static async connect(options: Http1ConnectOptions): Promise<Http1ClientConnection> {
    const { maxHeadBytes: _bytes, maxHeaders: _fields, onFree: _free, onClose: _close, ...address } = options
    const connection = new Http1ClientConnection(options)
    await connect({ ...address, state: connection, handlers: clientHandlers })
    return connection
  }

  constructor(options: Http1ClientOptions = {}) {
    const { maxHeadBytes = 32 * 1024, maxHeaders = 200 } = options
    this.#options = options
    this.#limits = { maxHeadBytes, maxHeaders }
    this.#head = new ResponseHead(this.#limits)
  }

  /** Whether `request` may be called now. */
  get isFree(): boolean {
    return this.#phase === 'free' && this.#socket !== undefined
  }

  get isClosed(): boolean {
    return this.#phase === 'closed'
  }

  /**
   * Sends a request and resolves with the head of its answer.
   *
   * @throws ServiceError `CONNECTION_BUSY` unless free, `BAD_REQUEST`, `BAD_RESPONSE` (502), `CONNECTION_LOST` (502, retryable
   *   where repeating is known to be safe), `BAD_LENGTH` if the body is not as long as it said; what the body threw; the
   *   signal's reason.
   */
  request(request: ClientRequest): Promise<ClientResponse> {
    return new Promise((resolve, reject) => this.#begin({ request, resolve, reject }))
  }

  /** Closes at once; a request under way fails with `reason`, as if its signal had aborted. */
  abort(reason: unknown): void {
    this.#fail(reason)
  }

  /** Closes at once; a request under way fails with `CONNECTION_LOST`. */
  close(): void {
    this.#fail(this.#lost(undefined))
  }

  #begin(pending: Pending): void {
    const { request } = pending
    if (!this.isFree) throw busy()
    request.signal?.throwIfAborted()
    const head = requestHead(request)
    this.#phase = 'head'
    this.#pending = pending
    this.#isSent = false
    this.#hasAnswerBegun = false
    this.requests++
    this.#head.reset(this.input.start)
    this.input.anchor = this.#head
    request.signal?.addEventListener('abort', this.#onAbort, { once: true })
    this.output.send(head)
    if (isOutgoingBody(request.body)) void this.#send(request.body)
    else {
      this.output.send(payloadOf(request.body ?? ''))
      this.#isSent = true
    }
  }

  async #send(body: OutgoingBody): Promise<void> {
    try {
      await sendBody(body, this)
    } catch (error) {
      this.#fail(error)
    }
  }

  bodySent(): void {
    this.#isSent = true
    this.#finishIfDone()
  }

  get output(): ConnectionOutput {
    if (this.#output === undefined) throw busy()
    return this.#output
  }

  // Events of the socket.

  opened(socket: Socket<Http1ClientConnection>): void {
    this.#socket = socket
    // How long a request may take is the caller's affair.
    this.#output = new ConnectionOutput(socket)
  }

  received(bytes: Uint8Array): void {
    if (this.#phase === 'upgraded') this.#raw?.received(bytes)
    else if (this.#phase === 'free') this.close()
    else if (this.#phase !== 'closed') {
      this.#hasAnswerBegun = true
      this.input.put(bytes)
      this.#advance()
    }
  }

  fellBehind(): void {
    this.#output?.fellBehind()
  }

  drained(): void {
    this.#output?.drained()
    this.#raw?.drained()
  }

  peerEnded(): void {
    this.#hasPeerEnded = true
    if (this.#phase === 'upgraded') this.#raw?.ended()
    else if (this.#phase === 'body') this.#endBody()
    else this.close()
  }

  closed(error: Error | undefined): void {
    this.#hasPeerEnded = true
    if (this.#phase === 'upgraded') this.#raw?.closed(error)
    // What has arrived of a body may still be read.
    if (this.#phase === 'body') this.#endBody()
    else this.#fail(this.#lost(error))
  }

  #endBody(): void {
    this.#body?.endInput()
    this.#finishIfDone()
  }

  readonly #onAbort = (): void => this.#fail(this.#pending?.request.signal?.reason)

  // The state machine.

  #advance(): void {
    if (this.#isAdvancing) return
    this.#isAdvancing = true
    while (this.#step());
    this.#isAdvancing = false
    this.input.keep()
    this.#holdBack()
  }

  #step(): boolean {
    switch (this.#phase) {
      case 'head':
        return this.#readHead()
      case 'body':
        this.#body?.feed()
        return false
      case 'discarding':
        this.#discard()
        return false
      default:
        return false
    }
  }

  #readHead(): boolean {
    const head = this.#head
    const outcome = head.scan(this.input.bytes, this.input.end)
    if (outcome === scanMore) return false
    if (outcome === scanRefused) {
      this.#fail(badResponse(head.refusal as Refusal))
      return false
    }
    const headers = HeaderList.received(head.fields.pairs(this.input.bytes))
    this.input.start = head.end
    this.input.anchor = undefined
    if (head.status >= 200) this.#answer(headers)
    else if (head.status === 101) this.#upgrade(headers)
    else {
      this.#pending?.request.onInformational?.(head.status, headers)
      head.reset(this.input.start)
      this.input.anchor = head
    }
    return true
  }

  #answer(headers: HeaderList): void {
    const { status, minorVersion, framing } = this.#head
    const pending = this.#pending as Pending
    const bodyFraming = this.#framingOf(pending.request.method)
    this.#keepsAlive =
      framing.keepsAlive(minorVersion) && bodyFraming !== 'until-close' && !wantsClose(pending.request.headers)
    this.#phase = 'body'
    this.#body = new IncomingBody(this, bodyFraming, Number.POSITIVE_INFINITY, this.#bodyErrors)
    pending.resolve(new IncomingResponse({ status, minorVersion, headers, body: this.#body, connection: this }))
    this.#finishIfDone()
  }

  /** RFC 9112 section 6.3. */
  #framingOf(method: string): BodyFraming {
    const { status, framing } = this.#head
    if (method === 'HEAD' || status === 204 || status === 304) return 0
    if (framing.isChunked) return new ChunkedDecoder(this.#limits, this.input.start)
    return framing.contentLength ?? 'until-close'
  }

  #upgrade(headers: HeaderList): void {
    const { request, resolve } = this.#pending as Pending
    if (this.#socket === undefined || !request.headers?.has('upgrade')) {
      this.#fail(new ServiceError('BAD_RESPONSE', 'The server switched protocols without being asked.', badGateway))
      return
    }
    const early = this.input.bytes.slice(this.input.start, this.input.end)
    this.input.clear()
    this.#raw = new RawConnection(this.#socket, early)
    this.#phase = 'upgraded'
    this.#forgetRequest()
    const body = new IncomingBody(this, 0, 0, this.#bodyErrors)
    const upgraded = this.#raw
    resolve(new IncomingResponse({ status: 101, minorVersion: 1, headers, body, connection: this, upgraded }))
  }

  #finishIfDone(): void {
    const body = this.#body
    if (body?.hasFailed) this.close()
    if (!body?.isComplete || (this.#phase !== 'body' && this.#phase !== 'discarding')) return
    this.#body = undefined
    this.#forgetRequest()
    // Bytes behind the answer belong to no request.
    if (!this.#isSent || !this.#keepsAlive || this.#hasPeerEnded || this.input.length > 0) {
      this.close()
      return
    }
    this.#phase = 'free'
    this.#options.onFree?.(this)
  }

  #forgetRequest(): void {
    this.#pending?.request.signal?.removeEventListener('abort', this.#onAbort)
    this.#pending = undefined
  }

  #fail(error: unknown): void {
    if (this.#phase === 'closed') return
    const wasUpgraded = this.#phase === 'upgraded'
    // A plain FIN would say «no more requests», after which a server still answers; a reset says that nobody waits.
    const reset = this.#phase !== 'free' && !this.#hasPeerEnded
    this.#phase = 'closed'
    this.#pending?.reject(error)
    this.#forgetRequest()
    this.#body?.fail(error as Error)
    this.#body = undefined
    this.#output?.close(error as Error)
    this.input.clear()
    if (!wasUpgraded) this.#socket?.destroy({ reset })
    this.#options.onClose?.(this)
  }

  // What the body of an answer asks for.

  ownInput(): void {
    this.input.own()
  }

  bodyWaits(): void {
    this.#resume()
  }

  bodyMoved(): void {
    if (this.input.length < maxBufferedBytes) this.#resume()
    this.#finishIfDone()
  }

  /** Nobody wants the rest of the answer. */
  discard(body: IncomingBody): void {
    if (this.#phase !== 'body' || this.#body !== body) return
    body.release(new ServiceError('BODY_CONSUMED', 'The rest of the answer was discarded.'))
    this.#phase = 'discarding'
    this.#discard()
  }

  #discard(): void {
    const outcome = this.#body?.discard(maxDiscardBytes)
    if (outcome === scanDone) this.#finishIfDone()
    else if (outcome === scanRefused || !this.#keepsAlive) this.close()
  }

  /** Stops reading while more has arrived than was pulled. */
  #holdBack(): void {
    if (this.#isPaused || this.input.length < maxBufferedBytes || this.#phase !== 'body') return
    this.#isPaused = true
    this.#socket?.pause()
  }

  #resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#socket?.resume()
  }

  // What goes wrong.

  #lost(cause: Error | undefined): ServiceError {
    const message = 'The server closed the connection before its answer was complete.'
    const request = this.#pending?.request
    // Nobody knows what the server did with the request, so it is repeated only where that does no harm.
    const retryable =
      request !== undefined &&
      !this.#hasAnswerBegun &&
      idempotentMethods.has(request.method) &&
      !isOutgoingBody(request.body)
    const options = { status: 502, retryable }
    return new ServiceError('CONNECTION_LOST', message, cause === undefined ? options : { ...options, cause })
  }

  readonly #bodyErrors: BodyErrors = {
    tooLarge: (maxBytes) =>
      new ServiceError('RESPONSE_TOO_LARGE', `The answer is larger than the ${maxBytes} bytes allowed.`, badGateway),
    malformed: badResponse,
    truncated: () => this.#lost(undefined),
  }
}

const clientHandlers: SocketHandlers<Http1ClientConnection> = {
  open: (socket) => socket.state.opened(socket),
  data: ({ state }, bytes) => state.received(bytes),
  fellBehind: ({ state }) => state.fellBehind(),
  drained: ({ state }) => state.drained(),
  peerEnd: ({ state }) => state.peerEnded(),
  close: ({ state }, error) => state.closed(error),
}

const badGateway = { status: 502, retryable: false }

function isOutgoingBody(body: ClientRequest['body']): body is OutgoingBody {
  return typeof body === 'object' && 'read' in body
}

function busy(): ServiceError {
  return new ServiceError(
    'CONNECTION_BUSY',
    'The connection takes one request at a time; wait until it is free, or open another.',
  )
}

function badResponse(refusal: Refusal): ServiceError {
  return new ServiceError('BAD_RESPONSE', refusal.message, badGateway)
}
