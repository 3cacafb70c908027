/**
 * Single values as JSON bytes, for compiled encoders.
 *
 *   writeX(value, out, at) ─▶ where the next byte goes
 *
 * `at` travels as an argument instead of `out.end`, so that it stays in a register. Each of these makes its own room, and
 * `out.end` is right only where room is made. What JSON.stringify alone knows how to say is left to it: `notWritten` is
 * thrown, and the encoder begins again with the serializer.
 */
import { Buffer } from 'node:buffer'
import type { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Projection } from './projection.ts'

/** Thrown for a value that the serializer has to write, or to refuse. */
export const notWritten: unique symbol = Symbol('not written')

/** Most bytes that a number takes: `-1.2345678901234567e-308`. */
export const maxNumberBytes = 25

/** Up to here a loop over the characters is quicker than two calls into the runtime; measured on both. */
const maxLoopedCharacters = 20

/** Up to here looking for what needs an escape is quicker than JSON.stringify, which makes another text. */
const maxSearchedCharacters = 200

/** What JSON escapes, or UTF-8 says with more than one byte. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
const unplain = /["\\\u0000-\u001f\u0080-\uffff]/

const quote = 34
const backslash = 92

/** Room for `count` more bytes behind `at`; the array may be another one afterwards. */
export function makeRoom(out: ByteWriter, at: number, count: number): Buffer {
  out.end = at
  out.reserve(count)
  return out.bytes
}

/** Anything but an object or array; undefined stands for null, as it does in arrays. */
export function writeScalar(value: unknown, out: ByteWriter, at: number): number {
  if (typeof value === 'string') return writeString(value, out, at)
  const bytes = makeRoom(out, at, maxNumberBytes)
  if (typeof value === 'number') return writeNumber(value, bytes, at)
  if (typeof value === 'boolean') return writeBoolean(value, bytes, at)
  if (value === null || value === undefined) return writeNull(bytes, at)
  return writeLikeScalar(value, out, at)
}

/** Objects that say what they are as a plain value, such as dates. */
function writeLikeScalar(value: unknown, out: ByteWriter, at: number): number {
  if (typeof value !== 'object') throw notWritten
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON !== 'function') throw notWritten
  const plain: unknown = toJSON.call(value)
  if (plain === undefined || (typeof plain === 'object' && plain !== null)) throw notWritten
  return writeScalar(plain, out, at)
}

/** Whatever was not declared in detail; not undefined. */
export function writeAny(value: unknown, out: ByteWriter, at: number): number {
  if (typeof value !== 'object' || value === null) return writeScalar(value, out, at)
  const { toJSON } = value as { toJSON?: unknown }
  // Others than a date's may look at the name of the member that they stand in.
  if (toJSON !== undefined && toJSON !== Date.prototype.toJSON) throw notWritten
  return writeText(JSON.stringify(value), out, at)
}

/** What is no plain object or array of the declared kind. @throws ServiceError `BAD_RESPONSE` */
export function writeProjected(projection: Projection, value: object, out: ByteWriter, at: number): number {
  // What `JSON.rawJSON` makes is no object for JSON.stringify.
  if (Object.hasOwn(value, 'rawJSON')) throw notWritten
  const text: string | undefined = JSON.stringify(projection.of(value))
  if (text === undefined) throw notWritten
  return writeText(text, out, at)
}

/** Text that is JSON already. */
export function writeText(text: string, out: ByteWriter, at: number): number {
  out.end = at
  out.text(text)
  return out.end
}

/** Long and hot: short texts byte by byte, up to the first character that needs more. */
export function writeString(text: string, out: ByteWriter, start: number): number {
  const { length } = text
  let { bytes } = out
  if (bytes.length - start < length + 2) bytes = makeRoom(out, start, length + 2)
  if (length > maxLoopedCharacters) return writeLongString(text, bytes, out, start)
  let at = start
  bytes[at++] = quote
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i)
    if (code < 32 || code > 127 || code === quote || code === backslash)
      return writeText(JSON.stringify(text), out, start)
    bytes[at++] = code
  }
  bytes[at++] = quote
  return at
}

function writeLongString(text: string, bytes: Buffer, out: ByteWriter, start: number): number {
  if (text.length > maxSearchedCharacters || unplain.test(text)) return writeText(JSON.stringify(text), out, start)
  bytes[start] = quote
  const end = start + 1 + writeLatin1(bytes, text, start + 1)
  bytes[end] = quote
  return end + 1
}

/** `latin1Write` is half of what `write` costs, and in no list of what a Buffer has. */
const writeLatin1: (bytes: Buffer, text: string, at: number) => number =
  'latin1Write' in Buffer.prototype
    ? (bytes, text, at) => (bytes as Buffer & { latin1Write(text: string, at: number): number }).latin1Write(text, at)
    : (bytes, text, at) => bytes.write(text, at, 'latin1')

/** Into room of `maxNumberBytes`. */
export function writeNumber(value: number, bytes: Uint8Array, at: number): number {
  if ((value | 0) === value && value >= 0) return writeDigits(value, bytes, at)
  // Prices: two decimals. A quotient that gives the number again is the shortest text for it, below 15 digits.
  const hundredths = Math.round(value * 100)
  if (hundredths / 100 === value && hundredths > 0 && hundredths < 1_000_000_000)
    return writeHundredths(hundredths, bytes, at)
  return writeAscii(Number.isFinite(value) ? String(value) : 'null', bytes, at)
}

function writeHundredths(hundredths: number, bytes: Uint8Array, start: number): number {
  const whole = Math.trunc(hundredths / 100)
  const rest = hundredths - whole * 100
  let at = writeDigits(whole, bytes, start)
  if (rest === 0) return at
  bytes[at++] = 46
  const tenths = Math.trunc(rest / 10)
  bytes[at++] = 48 + tenths
  if (rest !== tenths * 10) bytes[at++] = 48 + rest - tenths * 10
  return at
}

function writeDigits(whole: number, bytes: Uint8Array, at: number): number {
  if (whole < 10) {
    bytes[at] = 48 + whole
    return at + 1
  }
  const end = at + digitsOf(whole)
  let rest = whole
  for (let i = end; i > at; ) {
    const tenth = (rest / 10) | 0
    bytes[--i] = 48 + rest - tenth * 10
    rest = tenth
  }
  return end
}

function digitsOf(whole: number): number {
  if (whole < 100) return 2
  if (whole < 1_000) return 3
  if (whole < 10_000) return 4
  if (whole < 100_000) return 5
  if (whole < 1_000_000) return 6
  if (whole < 10_000_000) return 7
  if (whole < 100_000_000) return 8
  return whole < 1_000_000_000 ? 9 : 10
}

/** Into room of five bytes. */
export function writeBoolean(value: boolean, bytes: Uint8Array, at: number): number {
  return writeAscii(value ? 'true' : 'false', bytes, at)
}

/** Into room of four bytes. */
export function writeNull(bytes: Uint8Array, at: number): number {
  return writeAscii('null', bytes, at)
}

export function writeAscii(text: string, bytes: Uint8Array, start: number): number {
  for (let i = 0; i < text.length; i++) bytes[start + i] = text.charCodeAt(i)
  return start + text.length
}
