/**
 * ChunkedDecoder: the chunked transfer coding, taken apart (RFC 9112 section 7.1).
 *
 *   5;name="value"␍␊ hello ␍␊ 0␍␊ Trailer: value␍␊ ␍␊
 *
 *   size ─hex─▶ size ─;─▶ extension ─␍␊─▶ data ─␍␊─▶ size
 *                └──────────0, ␍␊──▶ trailers ─▶ done
 *
 * It stops at any byte and goes on when more arrive. Data is not copied: after `scanStep` it is [dataStart, dataEnd).
 */
import { FieldSection, type Scan, scanDone, scanMore, scanRefused, scanStep } from './field-section.ts'
import { BACKSLASH, CR, EQUALS, fieldByte, HTAB, hexDigit, LF, lowerToken, QUOTE, SEMICOLON, SP } from './octets.ts'
import { type Refusal, refusals } from './refusal.ts'

export interface ChunkedLimits {
  /** Trailers together, in bytes. */
  readonly maxHeadBytes: number
  readonly maxHeaders: number
}

/** All extensions of a body together. Nobody is known to use them; without a bound they are a way to send for ever. */
const maxExtensionBytes = 4096
/** Leading zeroes included; 13 digits hold every exact size. */
const maxSizeDigits = 16

const inSize = 0
const inNameStart = 1
const inName = 2
const inSpaceBehindName = 3
const inValueStart = 4
const inValue = 5
const inQuoted = 6
const inQuotedPair = 7
const inQuotedEnd = 8
const inSpace = 9
const inSizeLineFeed = 10
const inData = 11
const inDataReturn = 12
const inDataLineFeed = 13
const inTrailers = 14

export class ChunkedDecoder {
  /** Next byte to look at; after `scanDone`, the first behind the body. */
  position: number
  dataStart = 0
  dataEnd = 0
  refusal: Refusal | undefined
  /** `[name, value, …]` of the trailers, after `scanDone`; undefined if there were none. */
  trailers: string[] | undefined
  readonly #limits: ChunkedLimits
  #trailerSection: FieldSection | undefined
  #trailerStart = 0
  #state = inSize
  #size = 0
  #sizeDigits = 0
  #extensionBytes = 0

  /** The body begins at `position`. */
  constructor(limits: ChunkedLimits, position: number) {
    this.#limits = limits
    this.position = position
  }

  /** Size of the chunk that has just been announced or is being read, in bytes not yet given out. */
  get chunkBytesLeft(): number {
    return this.#size
  }

  /** First byte that must be kept for the decoder: trailers are read when they are complete. */
  get keepFrom(): number {
    return this.#state === inTrailers ? this.#trailerStart : this.position
  }

  /** The bytes were moved by `delta`. */
  shift(delta: number): void {
    this.position += delta
    this.#trailerStart += delta
    this.#trailerSection?.shift(delta)
  }

  /** Goes on to the next piece of data, to the end, or to where the bytes stop. */
  next(bytes: Uint8Array, end: number): Scan {
    while (true) {
      if (this.#state === inTrailers) return this.#scanTrailers(bytes, end)
      if (this.position === end) return scanMore
      if (this.#state === inData && this.#size > 0) return this.#takeData(end)
      if (!this.#step(bytes[this.position] as number)) return this.#refuse()
      this.position++
      if (this.#state === inTrailers) this.#beginTrailers()
    }
  }

  #takeData(end: number): Scan {
    this.dataStart = this.position
    this.dataEnd = Math.min(end, this.position + this.#size)
    this.#size -= this.dataEnd - this.dataStart
    this.position = this.dataEnd
    if (this.#size === 0) this.#state = inDataReturn
    return scanStep
  }

  /** Moves on by one byte outside of data; false if it must not stand here. */
  #step(byte: number): boolean {
    switch (this.#state) {
      case inSize:
        return this.#stepSize(byte)
      case inSizeLineFeed:
        this.#state = this.#size === 0 ? inTrailers : inData
        this.#sizeDigits = 0
        return byte === LF
      case inDataReturn:
        this.#state = inDataLineFeed
        return byte === CR
      case inDataLineFeed:
        this.#state = inSize
        return byte === LF
      default:
        return ++this.#extensionBytes <= maxExtensionBytes && this.#stepExtension(byte)
    }
  }

  #stepSize(byte: number): boolean {
    const digit = hexDigit[byte] as number
    if (digit !== 255) {
      if (++this.#sizeDigits > maxSizeDigits) return false
      this.#size = this.#size * 16 + digit
      return this.#size <= Number.MAX_SAFE_INTEGER
    }
    return this.#sizeDigits > 0 && this.#stepBehindPart(byte)
  }

  /** chunk-ext = *( BWS ";" BWS name [ BWS "=" BWS ( token / quoted-string ) ] ), RFC 9112 section 7.1.1. */
  #stepExtension(byte: number): boolean {
    switch (this.#state) {
      case inNameStart:
        if (isSpace(byte)) return true
        this.#state = inName
        return lowerToken[byte] !== 0
      case inName:
        if (lowerToken[byte] !== 0) return true
        if (isSpace(byte)) return this.#goTo(inSpaceBehindName)
        return byte === EQUALS ? this.#goTo(inValueStart) : this.#stepBehindPart(byte)
      case inSpaceBehindName:
        return byte === EQUALS ? this.#goTo(inValueStart) : this.#stepInSpace(byte)
      case inValueStart:
        if (isSpace(byte)) return true
        this.#state = byte === QUOTE ? inQuoted : inValue
        return byte === QUOTE || lowerToken[byte] !== 0
      case inValue:
        return lowerToken[byte] !== 0 || this.#stepBehindPart(byte)
      case inQuoted:
        if (byte === QUOTE) this.#state = inQuotedEnd
        else if (byte === BACKSLASH) this.#state = inQuotedPair
        return fieldByte[byte] !== 0
      case inQuotedPair:
        this.#state = inQuoted
        return fieldByte[byte] !== 0
      case inQuotedEnd:
        return this.#stepBehindPart(byte)
      default:
        return this.#stepInSpace(byte)
    }
  }

  /** Behind the size, a name or a value. */
  #stepBehindPart(byte: number): boolean {
    if (byte === CR) return this.#goTo(inSizeLineFeed)
    return isSpace(byte) ? this.#goTo(inSpace) : this.#stepInSpace(byte)
  }

  /** Space may only stand before another extension, not before the end of the line. */
  #stepInSpace(byte: number): boolean {
    return isSpace(byte) || (byte === SEMICOLON && this.#goTo(inNameStart))
  }

  #goTo(state: number): true {
    this.#state = state
    return true
  }

  #beginTrailers(): void {
    this.#trailerStart = this.position
    this.#trailerSection = new FieldSection(this.#limits.maxHeaders)
    this.#trailerSection.reset(this.position)
  }

  #scanTrailers(bytes: Uint8Array, available: number): Scan {
    const section = this.#trailerSection as FieldSection
    const limit = this.#trailerStart + this.#limits.maxHeadBytes
    const end = Math.min(available, limit)
    let outcome: Scan
    do outcome = section.next(bytes, end)
    while (outcome === scanStep)
    this.position = section.position
    if (outcome === scanRefused) return this.#refuse(section.refusal)
    if (outcome === scanMore) return end === limit ? this.#refuse(refusals.headTooLarge) : scanMore
    if (section.count > 0) this.trailers = section.pairs(bytes)
    return scanDone
  }

  #refuse(refusal: Refusal = this.#chunkRefusal()): Scan {
    this.refusal = refusal
    return scanRefused
  }

  #chunkRefusal(): Refusal {
    return this.#extensionBytes > maxExtensionBytes ? refusals.chunkExtensions : refusals.chunk
  }
}

function isSpace(byte: number): boolean {
  return byte === SP || byte === HTAB
}
