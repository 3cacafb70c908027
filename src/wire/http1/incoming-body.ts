/**
 * IncomingBody: the content of a message, pulled from its connection.
 *
 *   bytes in the buffer ──length│chunked│until close──▶ pieces ──▶ read(): one by one, bytes(): all at once
 *
 * What has arrived is given out at once and without a promise; else the connection is asked for more and the pull waits.
 * Nobody pulls, nothing is read: the bytes stay in the buffer until it is full, then TCP holds the sender back.
 */
import { Buffer } from 'node:buffer'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { RequestBody } from '../exchange.ts'
import type { ChunkedDecoder } from './chunked-decoder.ts'
import { type Scan, scanDone, scanMore, scanRefused, scanStep } from './field-section.ts'
import { ignoreRejection } from './ignore-rejection.ts'
import type { ReceiveBuffer } from './receive-buffer.ts'
import type { Refusal } from './refusal.ts'

/** How the end of a body is found (RFC 9112 section 6.3): after so many bytes, by its last chunk, or when the peer ends. */
export type BodyFraming = number | ChunkedDecoder | 'until-close'

/** The connection, as far as a body needs it. */
export interface BodySource {
  readonly input: ReceiveBuffer
  /** Makes the bytes of the input stay valid beyond the event, without moving them. */
  ownInput(): void
  /** Somebody waits for bytes that have not arrived. */
  bodyWaits(): void
  /** Bytes were taken from the input. */
  bodyMoved(): void
}

/** What goes wrong with a body, in the words of the side that reads it. */
export interface BodyErrors {
  tooLarge(maxBytes: number): ServiceError
  malformed(refusal: Refusal): ServiceError
  truncated(): ServiceError
}

interface Waiter {
  resolve(piece: Uint8Array | undefined): void
  reject(error: Error): void
}

const nothing = new Uint8Array(0)
/** First room for a whole body that comes in pieces; it doubles, so that an announced length costs no memory by itself. */
const firstRoomBytes = 16 * 1024

export class IncomingBody implements RequestBody {
  readonly length: number | undefined
  maxBytes: number
  /** Whether everything up to the end was taken from the connection. */
  isComplete: boolean
  readonly #source: BodySource
  readonly #errors: BodyErrors
  readonly #decoder: ChunkedDecoder | undefined
  /** Bytes that have not been taken, where the length is known; else Infinity. */
  #remaining: number
  #takenBytes = 0
  #pieceStart = 0
  #pieceEnd = 0
  #hasInputEnded = false
  #pulledAs: 'pieces' | 'whole' | undefined
  #failure: Error | undefined
  #releasedBy: Error | undefined
  #discardLimit: number | undefined
  #waiter: Waiter | undefined
  /** What `bytes()` has gathered: [0, wholeBytes) of `whole`. */
  #whole: Uint8Array | undefined
  #wholeBytes = 0

  constructor(source: BodySource, framing: BodyFraming, maxBytes: number, errors: BodyErrors) {
    this.#source = source
    this.#errors = errors
    this.maxBytes = maxBytes
    this.isComplete = framing === 0
    this.length = typeof framing === 'number' ? framing : undefined
    this.#remaining = this.length ?? Number.POSITIVE_INFINITY
    this.#decoder = typeof framing === 'object' ? framing : undefined
    if (this.#decoder !== undefined) source.input.anchor = this.#decoder
  }

  /** Bytes that are surely still to come: 0 when complete, Infinity when nobody can know. */
  get remainingBytes(): number {
    return this.isComplete ? 0 : this.#remaining
  }

  /** A field behind the body, once that was read to its end. */
  trailer(name: string): string | undefined {
    const trailers = (this.isComplete && this.#decoder?.trailers) || []
    const values = trailers.filter((_, index) => index % 2 === 1 && trailers[index - 1] === name)
    return values.length === 0 ? undefined : values.join(', ')
  }

  get isWaiting(): boolean {
    return this.#waiter !== undefined
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  bytes(): Uint8Array | Promise<Uint8Array> {
    this.#claim('whole')
    const outcome = this.#gather()
    this.#source.bodyMoved()
    if (outcome === scanDone) return this.#gathered()
    if (outcome === scanRefused) throw this.#failure
    return this.#wait() as Promise<Uint8Array>
  }

  borrow(): Uint8Array | undefined {
    const { input } = this.#source
    if (this.#pulledAs === undefined && !this.#canLend(input)) return undefined
    this.#claim('whole')
    if (this.isComplete) return nothing
    this.#take()
    this.#source.bodyMoved()
    return input.bytes.subarray(this.#pieceStart, this.#pieceEnd)
  }

  /** Chunks do not lie side by side; and a body that is larger than allowed is refused as usual. */
  #canLend(input: ReceiveBuffer): boolean {
    if (this.#decoder !== undefined || this.#failure !== undefined) return false
    return this.#remaining <= input.length && this.#remaining <= this.maxBytes
  }

  read(): Uint8Array | undefined | Promise<Uint8Array | undefined> {
    this.#claim('pieces')
    const outcome = this.#next()
    if (outcome === scanMore) return this.#wait()
    if (outcome === scanRefused) throw this.#failure
    const piece = outcome === scanStep ? this.#piece() : undefined
    this.#source.bodyMoved()
    return piece
  }

  /** New bytes are in the input: whoever waits gets them. */
  feed(): void {
    const waiter = this.#waiter
    if (waiter === undefined) return
    const isWhole = this.#pulledAs === 'whole'
    const outcome = isWhole ? this.#gather() : this.#next()
    if (outcome === scanMore) return
    this.#waiter = undefined
    if (outcome === scanRefused) waiter.reject(this.#failure as Error)
    else if (isWhole) waiter.resolve(this.#gathered())
    else waiter.resolve(outcome === scanStep ? this.#piece() : undefined)
    this.#source.bodyMoved()
  }

  /** No more bytes will come: that ends a body or breaks it. */
  endInput(): void {
    this.#hasInputEnded = true
    this.feed()
  }

  /** Nothing more can be pulled; who waits or comes later is told why. */
  fail(error: Error): void {
    this.#failure ??= error
    const waiter = this.#waiter
    this.#waiter = undefined
    waiter?.reject(this.#failure)
  }

  /** Nobody may pull any more, though the body itself is well. */
  release(reason: Error): void {
    this.#releasedBy = reason
    this.#waiter?.reject(reason)
    this.#waiter = undefined
  }

  /**
   * Takes bytes that nobody wants, `maxBytes` in all: `scanDone` at the end of the body, `scanMore` if more are to come,
   * `scanRefused` if they are too many or wrong.
   */
  discard(maxBytes: number): Scan {
    this.#discardLimit ??= this.#takenBytes + maxBytes
    while (this.#takenBytes <= this.#discardLimit) {
      const outcome = this.#take()
      if (outcome !== scanStep) return outcome
    }
    return scanRefused
  }

  #claim(kind: 'pieces' | 'whole'): void {
    if (this.#pulledAs === 'whole' || (this.#pulledAs === 'pieces' && (kind === 'whole' || this.isWaiting))) {
      throw new ServiceError('BODY_CONSUMED', 'The body was pulled before; keep what the first pull gave.')
    }
    if (this.#releasedBy !== undefined) throw this.#releasedBy
    this.#pulledAs = kind
    if (this.length !== undefined && this.length > this.maxBytes) this.#failWith(this.#errors.tooLarge(this.maxBytes))
  }

  #wait(): Promise<Uint8Array | undefined> {
    const waiter = Promise.withResolvers<Uint8Array | undefined>()
    ignoreRejection(waiter.promise)
    this.#waiter = waiter
    this.#source.bodyWaits()
    return waiter.promise
  }

  /** The current piece, valid beyond the event. */
  #piece(): Uint8Array {
    const source = this.#source
    source.ownInput()
    return source.input.bytes.subarray(this.#pieceStart, this.#pieceEnd)
  }

  /** Takes the next piece, unless something is wrong or nothing is there. */
  #next(): Scan {
    if (this.#failure !== undefined) return scanRefused
    const outcome = this.#take()
    if (outcome === scanMore && this.#hasInputEnded) return this.#endUnexpectedly()
    if (outcome !== scanStep) return outcome
    const announced = this.#takenBytes + (this.#decoder?.chunkBytesLeft ?? 0)
    return announced > this.maxBytes ? this.#failWith(this.#errors.tooLarge(this.maxBytes)) : scanStep
  }

  #endUnexpectedly(): Scan {
    // A body that lasts until the connection closes has no other end.
    if (this.length !== undefined || this.#decoder !== undefined) return this.#failWith(this.#errors.truncated())
    this.isComplete = true
    return scanDone
  }

  #take(): Scan {
    if (this.isComplete) return scanDone
    const { input } = this.#source
    if (this.#decoder !== undefined) return this.#takeChunked(this.#decoder, input)
    if (input.length === 0) return scanMore
    const size = Math.min(this.#remaining, input.length)
    this.#setPiece(input.start, input.start + size)
    input.start += size
    this.#remaining -= size
    this.isComplete = this.#remaining === 0
    return scanStep
  }

  #takeChunked(decoder: ChunkedDecoder, input: ReceiveBuffer): Scan {
    const outcome = decoder.next(input.bytes, input.end)
    input.start = decoder.keepFrom
    if (outcome === scanStep) this.#setPiece(decoder.dataStart, decoder.dataEnd)
    if (outcome === scanRefused) return this.#failWith(this.#errors.malformed(decoder.refusal as Refusal))
    if (outcome === scanDone) {
      input.start = decoder.position
      input.anchor = undefined
      this.isComplete = true
    }
    return outcome
  }

  #setPiece(start: number, end: number): void {
    this.#pieceStart = start
    this.#pieceEnd = end
    this.#takenBytes += end - start
  }

  #failWith(error: ServiceError): Scan {
    this.#failure ??= error
    this.#source.bodyMoved()
    return scanRefused
  }

  /** Adds up everything that has arrived. */
  #gather(): Scan {
    while (true) {
      const outcome = this.#next()
      if (outcome !== scanStep) return outcome
      this.#append()
    }
  }

  #append(): void {
    const { input } = this.#source
    const size = this.#pieceEnd - this.#pieceStart
    // A body in one piece is not copied, except to outlive the event.
    if (this.#whole === undefined && (this.isComplete || this.#decoder !== undefined)) {
      this.#source.ownInput()
      this.#whole = input.bytes.subarray(this.#pieceStart, this.#pieceEnd)
    } else {
      this.#makeRoom(size).set(input.bytes.subarray(this.#pieceStart, this.#pieceEnd), this.#wholeBytes)
    }
    this.#wholeBytes += size
  }

  #makeRoom(extraBytes: number): Uint8Array {
    const whole = this.#whole ?? nothing
    const needed = this.#wholeBytes + extraBytes
    if (whole.length >= needed) return whole
    const wished = Math.max(needed, whole.length * 2, firstRoomBytes)
    const larger = Buffer.allocUnsafe(Math.min(wished, this.length ?? wished))
    larger.set(whole.subarray(0, this.#wholeBytes))
    this.#whole = larger
    return larger
  }

  #gathered(): Uint8Array {
    const whole = this.#whole ?? nothing
    this.#whole = undefined
    return whole.length === this.#wholeBytes ? whole : whole.subarray(0, this.#wholeBytes)
  }
}
