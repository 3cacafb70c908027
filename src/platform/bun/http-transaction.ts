/**
 * One request that `Bun.serve` has read, and its answer.
 *
 *   fetch(request) ─▶ BunTransaction ─▶ answer: a Response at once, or a promise of one
 *
 * Answers are given as bytes, and those without a `content-type` as streams, because Bun makes one up for other bodies.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpAnswerHead, HttpTransaction, HttpWebSocket, HttpWebSocketHandlers } from '../http-server.ts'
import type { SocketPeer } from '../socket.ts'
import type { BunServer, BunWebSocket, BunWebSocketHandlers } from './serve-api.ts'

/** What a WebSocket of Bun carries. */
export interface Upgrading {
  readonly handlers: HttpWebSocketHandlers
  socket: BunWebSocket<Upgrading> | undefined
}

interface BunTransactionOptions {
  readonly request: Request
  readonly server: BunServer<Upgrading>
  readonly peer: SocketPeer
  readonly stallSeconds: number
}

/** Bytes of an answer that wait to be sent, beyond which `write` asks to wait. */
const maxQueuedBytes = 64 * 1024

/** The last that a `Response` can have. */
const maxStatus = 599

const utf8 = new TextEncoder()

export class BunTransaction implements HttpTransaction {
  readonly method: string
  readonly target: string
  readonly version = '1.1'
  readonly peer: SocketPeer
  readonly trailers: readonly string[] = []
  onGone: (error?: Error) => void = () => {}
  readonly #request: Request
  readonly #server: BunServer<Upgrading>
  readonly #stallSeconds: number
  #fields: string[] | undefined
  #reader: ReadableStreamDefaultReader<Uint8Array> | undefined
  #given: Response | undefined
  #isUpgraded = false
  #promised: PromiseWithResolvers<Response | undefined> | undefined
  #stream: ReadableStreamDefaultController<Uint8Array> | undefined
  #room: PromiseWithResolvers<void> | undefined

  constructor({ request, server, peer, stallSeconds }: BunTransactionOptions) {
    this.#request = request
    this.#server = server
    this.#stallSeconds = stallSeconds
    this.peer = peer
    this.method = request.method
    this.target = targetFrom(request.url)
    request.signal.addEventListener('abort', () => this.#gone())
  }

  /** What `fetch` returns. */
  get answer(): Response | undefined | Promise<Response | undefined> {
    if (this.#given !== undefined || this.#isUpgraded) return this.#given
    this.#promised = Promise.withResolvers()
    return this.#promised.promise
  }

  get fields(): readonly string[] {
    if (this.#fields === undefined) {
      this.#fields = []
      for (const [name, value] of this.#request.headers) this.#fields.push(name, value)
    }
    return this.#fields
  }

  async readBody(): Promise<Uint8Array | undefined> {
    const { body } = this.#request
    if (body === null) return this.#noBody()
    this.#reader ??= body.getReader()
    const { value } = await this.#reader.read()
    return value
  }

  /** Bun hides what comes with GET and HEAD; nobody should take it for nothing. */
  #noBody(): undefined {
    if (this.method !== 'GET' && this.method !== 'HEAD') return undefined
    const message = `Bun's own server does not hand out the body of ${this.method}; use another method.`
    throw new ServiceError('BAD_BODY', message, { status: 400 })
  }

  continue(): void {}

  informational(): void {}

  respond(head: HttpAnswerHead, body: string | Uint8Array): void {
    const bytes = typeof body === 'string' ? utf8.encode(body) : body
    this.#give(head, head.hasBody && bytes.length > 0 ? bodyOf(bytes, head) : null)
  }

  start(head: HttpAnswerHead): void {
    if (!head.hasBody) {
      this.#give(head, null)
      return
    }
    const stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#stream = controller
        },
        pull: () => this.#hasRoom(),
        cancel: () => this.#gone(),
      },
      new ByteLengthQueuingStrategy({ highWaterMark: maxQueuedBytes }),
    )
    this.#give(head, stream)
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    const stream = this.#stream
    if (stream === undefined) return
    stream.enqueue(typeof piece === 'string' ? utf8.encode(piece) : piece)
    if ((stream.desiredSize ?? 0) > 0) return
    this.#room ??= Promise.withResolvers<void>()
    return this.#room.promise
  }

  end(): void {
    const stream = this.#stream
    this.#stream = undefined
    stream?.close()
  }

  abort(): void {
    const error = new Error('the answer was aborted')
    if (this.#given === undefined)
      this.start({ status: 500, reason: '', fields: [], length: undefined, hasBody: true, closes: true })
    const stream = this.#stream
    this.#stream = undefined
    // Later than Bun takes the stream: it prints what fails while it does.
    setTimeout(() => stream?.error(error), 0)
  }

  nativeWebSocket(fields: readonly string[], handlers: HttpWebSocketHandlers): HttpWebSocket {
    const data: Upgrading = { handlers, socket: undefined }
    if (!this.#server.upgrade(this.#request, { headers: pairsOf(fields), data })) {
      throw new Error('Bun does not take this request for a WebSocket')
    }
    this.#isUpgraded = true
    this.#promised?.resolve(undefined)
    return new WebSocketOfBun(data)
  }

  #give(head: HttpAnswerHead, body: Body | null): void {
    if (head.status > maxStatus) {
      throw new ServiceError('BAD_STATUS', `Bun's own server sends no status above ${maxStatus}; got ${head.status}.`)
    }
    this.#server.timeout(this.#request, this.#stallSeconds)
    const headers = headersOf(head)
    // Bun forgets the date where there is no body to send.
    if (this.method === 'HEAD' && !head.fields.includes('date')) headers.push(['date', new Date().toUTCString()])
    this.#given = new Response(body, { status: head.status, headers })
    this.#promised?.resolve(this.#given)
  }

  #hasRoom(): void {
    this.#room?.resolve()
    this.#room = undefined
  }

  #gone(): void {
    this.#stream = undefined
    this.#hasRoom()
    this.onGone()
  }
}

type Body = Uint8Array<ArrayBuffer> | ReadableStream<Uint8Array>

function bodyOf(bytes: Uint8Array, { fields }: HttpAnswerHead): Body {
  for (let i = 0; i < fields.length; i += 2) if (fields[i] === 'content-type') return bytes as Uint8Array<ArrayBuffer>
  return new ReadableStream({
    start(controller) {
      controller.enqueue(bytes)
      controller.close()
    },
  })
}

function headersOf({ fields, length, hasBody, closes }: HttpAnswerHead): [string, string][] {
  const headers = pairsOf(fields)
  if (length !== undefined && !hasBody) headers.push(['content-length', String(length)])
  if (closes) headers.push(['connection', 'close'])
  return headers
}

function pairsOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) pairs.push([fields[i] as string, fields[i + 1] as string])
  return pairs
}

/** Path and query of `http://host/path?query`; what Bun could not make a URL of is a target already. */
function targetFrom(url: string): string {
  const scheme = url.indexOf('://')
  if (scheme === -1 || url.startsWith('/')) return url
  const path = url.indexOf('/', scheme + 3)
  return path === -1 ? '/' : url.slice(path)
}

/** The socket exists once Bun has called `open`, which it does inside of `upgrade`. */
class WebSocketOfBun implements HttpWebSocket {
  readonly #data: Upgrading

  constructor(data: Upgrading) {
    this.#data = data
  }

  send(data: string | Uint8Array): boolean {
    return this.#data.socket?.send(data) !== -1
  }

  close(code?: number, reason?: string): void {
    this.#data.socket?.close(code, reason)
  }

  terminate(): void {
    this.#data.socket?.terminate()
  }

  ping(data?: Uint8Array): void {
    this.#data.socket?.ping(data)
  }

  get bufferedAmount(): number {
    return this.#data.socket?.getBufferedAmount() ?? 0
  }
}

export function webSocketHandlers(maxMessageBytes: number): BunWebSocketHandlers<Upgrading> {
  return {
    maxPayloadLength: maxMessageBytes,
    idleTimeout: 0,
    sendPings: false,
    perMessageDeflate: false,
    backpressureLimit: 0x7fffffff,
    closeOnBackpressureLimit: false,
    open(socket) {
      socket.data.socket = socket
      socket.data.handlers.open?.()
    },
    message: (socket, message) => socket.data.handlers.message(message),
    drain: (socket) => socket.data.handlers.drained?.(),
    close: (socket, code, reason) => socket.data.handlers.close(code, reason),
    ping: (socket, data) => socket.data.handlers.ping?.(data),
    pong: (socket, data) => socket.data.handlers.pong?.(data),
  }
}
