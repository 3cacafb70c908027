/**
 * Writes the answer to the exchange: in one piece where it is at hand, else piece by piece as fast as the client takes it.
 *
 *   empty │ json │ text │ bytes ──▶ exchange.respond
 *   stream ──▶ exchange.start ─▶ write* ─▶ end       the source fails: the client sees that the answer is incomplete
 *                                                    the client leaves: the source is ended
 */
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { BodyWriter, Exchange, ResponseSink } from '../../wire/exchange.ts'
import { HeaderList } from '../../wire/headers.ts'
import { iteratorOf } from '../../wire/through-transform.ts'
import type { Call } from '../internal/call.ts'
import type { Reply, ReplyBody } from '../reply.ts'
import { encodeValue } from './encoded-body.ts'

type StreamBody = Extract<ReplyBody, { kind: 'stream' }>
type Piece = IteratorResult<string | Uint8Array>
type PieceIterator = ReturnType<typeof iteratorOf>

/** @throws ServiceError what the serializer or the exchange throws, before anything is sent. */
export function writeReply(call: Call): void | Promise<void> {
  const { reply, exchange } = call
  const { body } = reply
  switch (body.kind) {
    case 'empty':
      return exchange.respond(reply.status, headersFor(reply, undefined))
    case 'json': {
      // Without other formats to choose from, the value goes straight into the engine's output.
      if (body.declared && call.settings.encoders.length === 0) {
        const encode = call.route.serializers.encoderFor(reply.status)
        return exchange.respond(reply.status, headersFor(reply, body.contentType), jsonWriter.of(encode, body.value))
      }
      const encoded = encodeValue(call, body)
      const content = encoded.kind === 'text' ? encoded.text : encoded.bytes
      return exchange.respond(reply.status, headersFor(reply, encoded.contentType), content)
    }
    case 'text':
      return exchange.respond(reply.status, headersFor(reply, body.contentType), body.text)
    case 'bytes':
      return exchange.respond(reply.status, headersFor(reply, body.contentType), body.bytes)
    case 'stream':
      return writeStream(call, body)
    case 'taken':
      return body.until
  }
}

type Encode = (value: unknown, out: ByteWriter) => void

/** One for all: an exchange has it write before it does anything else, and what is written is not kept here. */
class JsonWriter implements BodyWriter {
  #encode: Encode = noEncode
  #value: unknown

  of(encode: Encode, value: unknown): this {
    this.#encode = encode
    this.#value = value
    return this
  }

  writeTo(out: ByteWriter): void {
    const value = this.#value
    this.#value = undefined
    this.#encode(value, out)
  }
}

function noEncode(): void {}
const jsonWriter = new JsonWriter()

/** Heads without headers of their own are the same list each time, so that an engine can reuse the bytes. */
const sharedHeaders = new Map<string, HeaderList>()
const noHeaders = new HeaderList()
// What most answers are, so that their type is known to be good.
sharedFor('application/json')
sharedFor('text/plain; charset=utf-8')

function headersFor(reply: Reply, contentType: string | undefined): HeaderList {
  if (!reply.hasHeaders) return contentType === undefined ? noHeaders : sharedFor(contentType)
  const { headers } = reply
  if (contentType !== undefined && !headers.has('content-type')) {
    headers.appendShared(sharedFor(contentType))
  }
  return headers
}

function sharedFor(contentType: string): HeaderList {
  let headers = sharedHeaders.get(contentType)
  if (headers === undefined) {
    headers = new HeaderList().append('content-type', contentType)
    // Types that are computed, with a boundary say, must not pile up.
    if (sharedHeaders.size < 64) sharedHeaders.set(contentType, headers)
  }
  return headers
}

function writeStream({ exchange, reply, settings }: Call, body: StreamBody): void | Promise<void> {
  const pump = new Pump(exchange, iteratorOf(body.source), settings.longLived)
  const head = { status: reply.status, headers: headersFor(reply, body.contentType), length: body.length }
  const isBodiless = exchange.method === 'HEAD' || reply.status === 204 || reply.status === 304
  return isBodiless ? pump.headOnly(head) : pump.run(head)
}

interface Head {
  readonly status: number
  readonly headers: HeaderList
  readonly length: number | undefined
}

/** Moves pieces from their source to the exchange. */
class Pump {
  readonly #exchange: Exchange
  readonly #pieces: PieceIterator
  readonly #longLived: Set<() => void>
  /** Ends the waiting for the next piece; set while it lasts. */
  #wake: (() => void) | undefined
  #isLeaving = false

  constructor(exchange: Exchange, pieces: PieceIterator, longLived: Set<() => void>) {
    this.#exchange = exchange
    this.#pieces = pieces
    this.#longLived = longLived
  }

  headOnly({ status, headers, length }: Head): void {
    this.#exchange.start(status, headers, length).end()
    this.#endSource()
  }

  async run({ status, headers, length }: Head): Promise<void> {
    const exchange = this.#exchange
    exchange.onCancel(() => this.#wake?.())
    // Events may be minutes away and their clients wait for the head. Everything else can still become an error
    // answer as long as its first piece has not come.
    const isEvents = headers.get('content-type') === 'text/event-stream'
    const first = isEvents ? undefined : await this.#next()
    if (exchange.cancelled !== undefined) return this.#endSource()
    const sink = exchange.start(status, headers, length)
    // Events have no end of their own: who shuts down asks for it, and clients come back elsewhere.
    const leave = () => this.#leave()
    if (isEvents) this.#longLived.add(leave)
    try {
      await this.#move(sink, first)
    } catch (error) {
      this.#endSource()
      if (error instanceof ServiceError && error.code === 'CLIENT_GONE') return
      sink.abort(error instanceof Error ? error : new Error('the source of the answer failed', { cause: error }))
      throw error
    } finally {
      this.#longLived.delete(leave)
    }
  }

  async #move(sink: ResponseSink, first: Piece | undefined): Promise<void> {
    for (let next = first ?? (await this.#next()); next?.done === false; next = await this.#next()) {
      if (this.#exchange.cancelled !== undefined || this.#isLeaving) break
      await sink.write(next.value)
    }
    if (this.#exchange.cancelled === undefined) sink.end()
    this.#endSource()
  }

  #leave(): void {
    this.#isLeaving = true
    this.#wake?.()
  }

  /** The next piece, or undefined if the stream is to end before it comes. */
  #next(): Promise<Piece | undefined> {
    if (this.#isLeaving) return Promise.resolve(undefined)
    return new Promise((resolve, reject) => {
      this.#wake = () => resolve(undefined)
      Promise.resolve(this.#pieces.next()).then((next) => {
        if (next.done === true || typeof next.value === 'string' || next.value instanceof Uint8Array) resolve(next)
        else reject(badPiece(next.value))
      }, reject)
    })
  }

  /** Not awaited: a source that is waiting for something ends only after it. */
  #endSource(): void {
    Promise.resolve(this.#pieces.return?.()).catch(() => {})
  }
}

function badPiece(piece: unknown): ServiceError {
  return new ServiceError('BAD_PIECE', `A stream gave a ${typeof piece}; it is made of strings and Uint8Arrays.`)
}
