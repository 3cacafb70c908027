/** RelayedBody: the content of a request, pulled from whoever reads the connection. */
import { Buffer } from 'node:buffer'
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { HttpTransaction } from '../../platform/http-server.ts'
import type { RequestBody } from '../exchange.ts'

export interface RelayedBodyOptions {
  readonly transaction: HttpTransaction
  /** Undefined for a chunked body. */
  readonly length: number | undefined
  readonly maxBytes: number
  readonly timeoutMs: number
  readonly clock: Clock
  /** Called before the first pull. */
  onFirstPull(): void
  /** The body broke off with the connection; whoever hears it fails the body. */
  onGone(error: unknown): void
}

type Piece = Uint8Array | undefined

const nothing = new Uint8Array(0)

export class RelayedBody implements RequestBody {
  readonly length: number | undefined
  maxBytes: number
  /** Whether everything up to the end was read. */
  isComplete: boolean
  readonly #options: RelayedBodyOptions
  #takenBytes = 0
  #pulledAs: 'pieces' | 'whole' | undefined
  #failure: Error | undefined
  #reject: ((error: Error) => void) | undefined

  constructor(options: RelayedBodyOptions) {
    this.#options = options
    this.length = options.length
    this.maxBytes = options.maxBytes
    this.isComplete = options.length === 0
  }

  get hasFailed(): boolean {
    return this.#failure !== undefined
  }

  /** Bytes that are surely still to come: Infinity when nobody can know. */
  get remainingBytes(): number {
    if (this.isComplete) return 0
    return this.length === undefined ? Number.POSITIVE_INFINITY : this.length - this.#takenBytes
  }

  bytes(): Uint8Array | Promise<Uint8Array> {
    this.#claim('whole')
    const first = this.#next()
    if (first instanceof Promise) return first.then((piece) => this.#gather(piece))
    return first === undefined ? nothing : this.#gather(first)
  }

  /** Whoever reads for us hands out what is its own, or what it will not need any more; `bytes` costs no copy. */
  borrow(): Uint8Array | undefined {
    if (!this.isComplete && this.#pulledAs === undefined) return undefined
    this.#claim('whole')
    return nothing
  }

  read(): Piece | Promise<Piece> {
    this.#claim('pieces')
    return this.#next()
  }

  /** Nothing more can be pulled; who waits or comes later is told why. */
  fail(reason: Error): void {
    if (this.isComplete) return
    this.#failure ??= reason
    this.#reject?.(this.#failure)
    this.#reject = undefined
  }

  #claim(kind: 'pieces' | 'whole'): void {
    if (this.#pulledAs === 'whole' || (this.#pulledAs === 'pieces' && (kind === 'whole' || this.#reject))) {
      throw new ServiceError('BODY_CONSUMED', 'The body was pulled before; keep what the first pull gave.')
    }
    const isFirst = this.#pulledAs === undefined
    this.#pulledAs = kind
    if (this.length !== undefined && this.length > this.maxBytes) this.#failure ??= tooLarge(this.maxBytes)
    if (isFirst && !this.isComplete && this.#failure === undefined) this.#options.onFirstPull()
  }

  #gather(first: Piece): Uint8Array | Promise<Uint8Array> {
    const pieces: Uint8Array[] = []
    let piece: Piece | Promise<Piece> = first
    while (piece !== undefined) {
      if (piece instanceof Promise) return this.#gatherRest(pieces, piece)
      pieces.push(piece)
      piece = this.#next()
    }
    return joined(pieces)
  }

  async #gatherRest(pieces: Uint8Array[], pending: Promise<Piece>): Promise<Uint8Array> {
    for (let piece = await pending; piece !== undefined; piece = await this.#next()) pieces.push(piece)
    return joined(pieces)
  }

  #next(): Piece | Promise<Piece> {
    if (this.#failure !== undefined) throw this.#failure
    if (this.isComplete) return undefined
    const pulled = this.#options.transaction.readBody()
    return pulled instanceof Promise ? this.#waitFor(pulled) : this.#take(pulled)
  }

  #waitFor(pulled: Promise<Piece>): Promise<Piece> {
    const { clock, timeoutMs } = this.#options
    return new Promise((resolve, reject) => {
      const stopTimer = clock.schedule(timeoutMs, () => this.fail(timedOut()))
      this.#reject = (error) => {
        stopTimer()
        reject(error)
      }
      pulled.then(
        (piece) => {
          stopTimer()
          this.#reject = undefined
          if (this.#failure === undefined) resolve(this.#takeLater(piece))
        },
        (error: unknown) => {
          if (error instanceof ServiceError) this.fail(error)
          else this.#options.onGone(error)
        },
      )
    })
  }

  async #takeLater(piece: Piece): Promise<Piece> {
    return this.#take(piece)
  }

  #take(piece: Piece): Piece {
    if (piece === undefined) {
      this.isComplete = true
      return undefined
    }
    this.#takenBytes += piece.length
    if (this.#takenBytes > this.maxBytes) {
      this.#failure = tooLarge(this.maxBytes)
      throw this.#failure
    }
    // Where the length is known, the end is too.
    if (this.#takenBytes === this.length) this.isComplete = true
    return piece
  }
}

function joined(pieces: Uint8Array[]): Uint8Array {
  return pieces.length === 1 ? (pieces[0] as Uint8Array) : Buffer.concat(pieces)
}

function tooLarge(maxBytes: number): ServiceError {
  return new ServiceError('BODY_TOO_LARGE', `The body is larger than the ${maxBytes} bytes allowed here.`, {
    status: 413,
  })
}

function timedOut(): ServiceError {
  return new ServiceError('BODY_TIMEOUT', 'The body stopped arriving.', { status: 408 })
}
