/**
 * FieldSection: header fields or trailers, found in one pass over the bytes and kept as offsets.
 *
 *   Host: example.com ␍␊          name [nameStart, nameEnd)  value [valueStart, valueEnd) without surrounding space
 *   X-Empty: ␍␊                   → field, field, end
 *   ␍␊
 *
 *   lineStart ─name byte─▶ name ─:─▶ space ─▶ value ─␍─▶ lineFeed ─␊─▶ lineStart
 *       └────────────────────␍──────────────────────────▶ lastLineFeed ─␊─▶ end
 *
 * It can stop at any byte and go on when more have arrived. Strict (RFC 9112 sections 2.2 and 5): CRLF only, no space before the
 * colon, no folded lines, no control bytes. No object is keyed by a name that a peer chose.
 */
import { COLON, CR, fieldByte, HTAB, isTextAt, LF, latin1, lowerToken, SP, tokenIs } from './octets.ts'
import { type Refusal, refusals } from './refusal.ts'

/** What a scanner says when it stops. */
export type Scan = typeof scanMore | typeof scanStep | typeof scanDone | typeof scanRefused
/** All bytes are used up; go on with more. */
export const scanMore = 0
/** A part is complete, such as a field or a piece of data; ask again. */
export const scanStep = 1
/** The whole is complete. */
export const scanDone = 2
/** The bytes break the rules; `refusal` says which. */
export const scanRefused = 3

const inLineStart = 0
const inName = 1
const inSpace = 2
const inValue = 3
const inLineFeed = 4
const inLastLineFeed = 5

/** Longer values are seldom the same twice. */
const maxKeptValue = 64

/** Looks at a field that was found, and says what is wrong with it. */
export interface FieldJudge {
  judgeField(bytes: Uint8Array, index: number): Refusal | undefined
}

export class FieldSection {
  /** Fields found so far. */
  count = 0
  /** Next byte to look at; after `scanDone`, the first behind the section. */
  position = 0
  refusal: Refusal | undefined
  readonly #maxFields: number
  /** Four offsets a field: nameStart, nameEnd, valueStart, valueEnd. */
  readonly #offsets: Int32Array
  #state = inLineStart
  /** The marks of the names that were found: most names that are asked for are not there. */
  #nameMarks = 0
  #lastValue = ''

  constructor(maxFields: number) {
    this.#maxFields = maxFields
    this.#offsets = new Int32Array(maxFields * 4)
  }

  /** Forgets everything and begins at `position`. */
  reset(position: number): void {
    this.position = position
    this.count = 0
    this.refusal = undefined
    this.#state = inLineStart
    this.#nameMarks = 0
  }

  /** The bytes were moved by `delta`; all offsets follow. */
  shift(delta: number): void {
    this.position += delta
    // The field that is being read counts too.
    const length = Math.min(this.#offsets.length, (this.count + 1) * 4)
    for (let i = 0; i < length; i++) this.#offsets[i] = (this.#offsets[i] as number) + delta
  }

  /**
   * The section from `start` on in one go, for one that has arrived whole and breaks no rule; `judge` is asked about each
   * field. False, and nothing is known, in every other case: then `next` says what is the matter. Call it after `reset`.
   */
  scanWhole(bytes: Uint8Array, start: number, end: number, judge: FieldJudge): boolean {
    const offsets = this.#offsets
    let i = start
    let count = 0
    while (i + 1 < end && bytes[i] !== CR) {
      const at = count * 4
      if (at === offsets.length) return false
      const nameEnd = tokenEnd(bytes, i, end)
      if (nameEnd === i || nameEnd === end || bytes[nameEnd] !== COLON) return false
      const valueStart = spaceEnd(bytes, nameEnd + 1, end)
      const lineEnd = valueEnd(bytes, valueStart, end)
      if (lineEnd + 1 >= end || bytes[lineEnd] !== CR || bytes[lineEnd + 1] !== LF) return false
      offsets[at] = i
      offsets[at + 1] = nameEnd
      offsets[at + 2] = valueStart
      offsets[at + 3] = trimmedEnd(bytes, valueStart, lineEnd)
      this.#nameMarks |= markOf(nameEnd - i, bytes[i] as number)
      this.count = ++count
      if (judge.judgeField(bytes, count - 1) !== undefined) return false
      i = lineEnd + 2
    }
    if (i + 1 >= end || bytes[i + 1] !== LF) return false
    this.position = i + 2
    return true
  }

  /** Scans up to the end of the next field (`scanStep`) or of the section (`scanDone`); `end` is where the bytes stop. */
  next(bytes: Uint8Array, end: number): Scan {
    if (this.#state === inLineStart) {
      if (this.position >= end) return scanMore
      if (bytes[this.position] === CR) {
        this.position++
        this.#state = inLastLineFeed
      } else {
        if (this.count === this.#maxFields) return this.#refuse(refusals.headTooLarge)
        this.#offsets[this.count * 4] = this.position
        this.#state = inName
      }
    }
    if (this.#state === inLastLineFeed) return this.#endSection(bytes, end)
    return this.#scanField(bytes, end)
  }

  #scanField(bytes: Uint8Array, end: number): Scan {
    const at = this.count * 4
    let i = this.position
    if (this.#state === inName) {
      i = tokenEnd(bytes, i, end)
      this.position = i
      if (i === end) return scanMore
      if (bytes[i] !== COLON || i === this.#offsets[at]) return this.#refuse(refusals.field)
      this.#offsets[at + 1] = i
      const start = this.#offsets[at] as number
      this.#nameMarks |= markOf(i - start, bytes[start] as number)
      i++
      this.#state = inSpace
    }
    if (this.#state === inSpace) {
      i = spaceEnd(bytes, i, end)
      this.position = i
      if (i === end) return scanMore
      this.#offsets[at + 2] = i
      this.#state = inValue
    }
    if (this.#state === inValue) {
      i = valueEnd(bytes, i, end)
      this.position = i
      if (i === end) return scanMore
      if (bytes[i] !== CR) return this.#refuse(refusals.field)
      this.#offsets[at + 3] = trimmedEnd(bytes, this.#offsets[at + 2] as number, i)
      i++
      this.#state = inLineFeed
    }
    this.position = i
    if (i === end) return scanMore
    if (bytes[i] !== LF) return this.#refuse(refusals.field)
    this.position = i + 1
    this.#state = inLineStart
    this.count++
    return scanStep
  }

  #endSection(bytes: Uint8Array, end: number): Scan {
    if (this.position >= end) return scanMore
    if (bytes[this.position] !== LF) return this.#refuse(refusals.field)
    this.position++
    return scanDone
  }

  #refuse(refusal: Refusal): Scan {
    this.refusal = refusal
    return scanRefused
  }

  nameStart(index: number): number {
    return this.#offsets[index * 4] as number
  }

  nameEnd(index: number): number {
    return this.#offsets[index * 4 + 1] as number
  }

  valueStart(index: number): number {
    return this.#offsets[index * 4 + 2] as number
  }

  valueEnd(index: number): number {
    return this.#offsets[index * 4 + 3] as number
  }

  /** Requests of one program say the same: a value like the one read before is compared in place, and not made anew. */
  value(bytes: Uint8Array, index: number): string {
    const start = this.valueStart(index)
    const end = this.valueEnd(index)
    if (end - start > maxKeptValue) return latin1(bytes, start, end)
    if (!isTextAt(bytes, start, end, this.#lastValue)) this.#lastValue = latin1(bytes, start, end)
    return this.#lastValue
  }

  /** Index of the first field of that lower-case name at or after `from`, or -1. */
  indexOf(bytes: Uint8Array, name: string, from = 0): number {
    const offsets = this.#offsets
    if ((this.#nameMarks & markOf(name.length, name.charCodeAt(0))) === 0) return -1
    for (let i = from; i < this.count; i++) {
      if (tokenIs(bytes, offsets[i * 4] as number, offsets[i * 4 + 1] as number, name)) return i
    }
    return -1
  }

  /** The value of `name`, all its fields joined (RFC 9110 section 5.2; `cookie` by `; `, RFC 9113 section 8.2.3). */
  get(bytes: Uint8Array, name: string): string | undefined {
    let index = this.indexOf(bytes, name)
    if (index === -1) return undefined
    let value = this.value(bytes, index)
    const separator = name === 'cookie' ? '; ' : ', '
    while (true) {
      index = this.indexOf(bytes, name, index + 1)
      if (index === -1) return value
      value += separator + this.value(bytes, index)
    }
  }

  /** `[name, value, …]` in order, names lower-case. */
  pairs(bytes: Uint8Array): string[] {
    const pairs: string[] = []
    for (let i = 0; i < this.count; i++) {
      pairs.push(latin1(bytes, this.nameStart(i), this.nameEnd(i)).toLowerCase(), this.value(bytes, i))
    }
    return pairs
  }
}

/** One bit of 32 by length and first letter, whatever its case; it tells most names of requests apart. */
function markOf(length: number, first: number): number {
  return 1 << (length * 5 + (first & 31))
}

function tokenEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && lowerToken[bytes[i] as number] !== 0) i++
  return i
}

function spaceEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && (bytes[i] === SP || bytes[i] === HTAB)) i++
  return i
}

function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = start
  while (i < end && fieldByte[bytes[i] as number] !== 0) i++
  return i
}

function trimmedEnd(bytes: Uint8Array, start: number, end: number): number {
  let i = end
  while (i > start && (bytes[i - 1] === SP || bytes[i - 1] === HTAB)) i--
  return i
}
