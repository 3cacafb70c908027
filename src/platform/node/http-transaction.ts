/** One request that `node:http` has read, and its answer. */
import { type IncomingMessage, ServerResponse } from 'node:http'
import type { Socket as NetSocket } from 'node:net'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpAnswerHead, HttpServerLimits, HttpTransaction, UpgradedSocket } from '../http-server.ts'
import type { SocketHandlers, SocketPeer } from '../socket.ts'
import { NodeSocket } from './node-socket.ts'

export interface NodeTransactionOptions {
  readonly request: IncomingMessage
  /** Absent where Node.js takes the request for an upgrade and gave up the connection. */
  readonly response?: ServerResponse
  /** What came behind the head of an upgrade. */
  readonly early?: Uint8Array
  readonly peer: SocketPeer
  readonly limits: HttpServerLimits
}

/** How much of a body that nobody wanted is taken behind the last answer, and for how long, so that the answer is read. */
const maxLingerBytes = 4 * 1024 * 1024
const lingerMs = 2_000

/** `ServerResponse` has it since Node.js 26; before, only 103 with `link` can be sent. */
type InterimWriter = { writeInformation?(status: number, fields: readonly string[]): void }

export class NodeTransaction implements HttpTransaction {
  readonly method: string
  readonly target: string
  readonly version: string
  readonly fields: readonly string[]
  readonly peer: SocketPeer
  readonly socket: NetSocket
  readonly upgrade?: (fields: readonly string[], handlers: SocketHandlers<undefined>) => UpgradedSocket
  onGone: (error?: Error) => void = () => {}
  readonly #request: IncomingMessage
  readonly #response: ServerResponse
  readonly #stallTimeoutMs: number
  #bodyError: Error | undefined
  #listensToBody = false
  #wake: (() => void) | undefined
  #room: PromiseWithResolvers<void> | undefined

  constructor({ request, response = responseTo(request), early, peer, limits }: NodeTransactionOptions) {
    this.#request = request
    this.#response = response
    this.#stallTimeoutMs = limits.stallTimeoutMs
    this.socket = request.socket
    this.peer = peer
    this.method = request.method ?? ''
    this.target = request.url ?? ''
    this.version = request.httpVersion
    this.fields = request.rawHeaders
    if (early !== undefined) this.upgrade = (fields, handlers) => this.#upgrade(fields, handlers, early)
    response.on('close', () => this.#closed())
  }

  // The body.

  readBody(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    if (!this.#listensToBody) this.#listenToBody()
    const piece: Uint8Array | null = this.#request.read()
    if (piece !== null) return piece
    return this.#request.readableEnded ? undefined : this.#nextPiece()
  }

  async #nextPiece(): Promise<Uint8Array | undefined> {
    for (;;) {
      if (this.#bodyError !== undefined) throw this.#bodyError
      if (this.#request.destroyed) throw new Error('the connection was closed')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
      const piece: Uint8Array | null = this.#request.read()
      if (piece !== null) return piece
      if (this.#request.readableEnded) return undefined
    }
  }

  #listenToBody(): void {
    this.#listensToBody = true
    const wake = (): void => this.#wake?.()
    const fail = (error: Error): void => {
      this.#bodyError ??= error
      wake()
    }
    this.#request.on('readable', wake).on('end', wake).on('close', wake).on('error', fail)
  }

  get trailers(): readonly string[] {
    return this.#request.rawTrailers
  }

  /** The body cannot be read any further. False if it was complete, so that something else is broken. */
  breakBody(cause: Error): boolean {
    if (this.#request.complete) return false
    const message = 'The body is malformed, or the connection was half-closed before it was complete.'
    this.#bodyError ??= new ServiceError('BAD_BODY', message, { status: 400, cause })
    this.endConnectionAfterwards()
    this.#wake?.()
    return true
  }

  // The answer.

  get isOver(): boolean {
    return this.#response.writableFinished
  }

  continue(): void {
    this.#response.writeContinue()
  }

  informational(status: number, fields: readonly string[]): void {
    const response: InterimWriter & ServerResponse = this.#response
    if (response.writeInformation !== undefined) response.writeInformation(status, fields)
    else if (status === 103) response.writeEarlyHints(recordOf(fields))
  }

  respond(head: HttpAnswerHead, body: string | Uint8Array): void {
    this.#writeHead(head)
    if (!head.hasBody) this.#response.end()
    else this.#response.end(typeof body === 'string' && head.fields.some(holdsLatin1) ? Buffer.from(body) : body)
    this.#watchStalling()
    this.#lingerIfLeft()
  }

  start(head: HttpAnswerHead): void {
    this.#writeHead(head)
    // Together with what is written at once, but not later than that.
    queueMicrotask(() => this.#response.flushHeaders())
  }

  write(piece: string | Uint8Array): void | Promise<void> {
    if (this.#response.write(typeof piece === 'string' ? Buffer.from(piece) : piece)) return
    if (this.#room === undefined) {
      this.#room = Promise.withResolvers<void>()
      this.#watchStalling()
      this.#response.once('drain', () => this.#hasRoom())
    }
    return this.#room.promise
  }

  end(trailers: readonly string[]): void {
    if (trailers.length > 0) this.#response.addTrailers(pairsOf(trailers))
    this.#response.end()
    this.#watchStalling()
    this.#lingerIfLeft()
  }

  abort(): void {
    // Only plain TCP can be reset.
    if (this.peer.tls === undefined && this.peer.address !== '') this.socket.resetAndDestroy()
    else this.socket.destroy()
  }

  #writeHead({ status, reason, fields, length, closes }: HttpAnswerHead): void {
    const all = [...fields]
    if (length !== undefined) all.push('content-length', String(length))
    if (closes) all.push('connection', 'close')
    this.#response.writeHead(status, reason, all)
  }

  #hasRoom(): void {
    this.socket.setTimeout(0)
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Without progress for that long Node.js closes the connection; the next request sets the time anew. */
  #watchStalling(): void {
    if (!this.#response.writableFinished) this.socket.setTimeout(this.#stallTimeoutMs)
  }

  #closed(): void {
    this.#room?.resolve()
    this.#wake?.()
    if (!this.#response.writableFinished) this.onGone(this.socket.errored ?? undefined)
  }

  /** Nothing can be read behind this request, so its answer is the last. */
  endConnectionAfterwards(): void {
    this.#response.shouldKeepAlive = false
    this.#response.once('finish', () => this.socket.destroySoon())
  }

  /**
   * RFC 9112 section 9.6: to close at once would reset the connection and take the answer from a client that still
   * sends. `destroySoon` is what Node.js calls behind the last answer.
   */
  #lingerIfLeft(): void {
    if (this.#request.complete) return
    const { socket } = this
    const taken = socket.bytesRead
    socket.destroySoon = () => {
      socket.end()
      const timer = setTimeout(() => socket.destroy(), lingerMs)
      this.#request.on('data', () => {
        if (socket.bytesRead - taken > maxLingerBytes) socket.destroy()
      })
      socket.once('end', () => socket.destroy()).once('close', () => clearTimeout(timer))
    }
  }

  #upgrade(fields: readonly string[], handlers: SocketHandlers<undefined>, early: Uint8Array): UpgradedSocket {
    const { socket } = this
    this.#response.removeAllListeners('close')
    this.#response.detachSocket(socket)
    socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines(fields)}connection: upgrade\r\n\r\n`, 'latin1')
    const resettable = this.peer.tls === undefined && this.peer.address !== ''
    const upgraded = new NodeSocket<undefined>({ native: socket, state: undefined, handlers, resettable })
    upgraded.open()
    return { socket: upgraded, early }
  }
}

/** Node.js makes none for a request that it takes for an upgrade. */
function responseTo(request: IncomingMessage): ServerResponse {
  const response = new ServerResponse(request)
  response.assignSocket(request.socket)
  response.shouldKeepAlive = false
  response.on('finish', () => request.socket.destroySoon())
  return response
}

/** Node.js writes a head in the encoding of the text that it goes out with, which would make UTF-8 of Latin-1. */
function holdsLatin1(field: string): boolean {
  return /[\x80-\xff]/.test(field)
}

function pairsOf(fields: readonly string[]): [string, string][] {
  const pairs: [string, string][] = []
  for (let i = 0; i < fields.length; i += 2) pairs.push([fields[i] as string, fields[i + 1] as string])
  return pairs
}

function recordOf(fields: readonly string[]): Record<string, string | string[]> {
  const record: Record<string, string[]> = Object.create(null)
  for (const [name, value] of pairsOf(fields)) {
    record[name] ??= []
    record[name].push(value)
  }
  return record
}

function lines(fields: readonly string[]): string {
  return pairsOf(fields)
    .map(([name, value]) => `${name}: ${value}\r\n`)
    .join('')
}
