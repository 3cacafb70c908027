/**
 * ProtobufWriter: the few kinds of fields that OTLP's messages are made of, written one behind the other.
 *
 *   field = tag (number, wire type) · value          message = tag · length · fields, begun and ended around them
 *
 * The length of a message is known when it ends: one byte is left free for it, and where that is too small what was written
 * moves up. Source: the protobuf encoding guide.
 */
import { ByteWriter } from '../../../foundation/bytes/byte-writer.ts'

const varintType = 0
const fixed64Type = 1
const lengthType = 2
const fixed32Type = 5
const maxVarintBytes = 10
const oneByteLimit = 0x80
/** Texts up to this length are written by a loop: for them, calling the runtime costs more. */
const shortText = 64

const double = new Float64Array(1)
const doubleBytes = new Uint8Array(double.buffer)

export class ProtobufWriter {
  readonly out: ByteWriter

  constructor(out: ByteWriter = new ByteWriter()) {
    this.out = out
  }

  /** A whole number that is not negative, `uint32`, `uint64` or an enum; 0 is left out, as proto3 does. */
  uint(field: number, value: number): void {
    if (value === 0) return
    this.#tag(field, varintType)
    this.#varint(value)
  }

  /** `int64` where 0 must be said. @param value A safe integer. */
  int64(field: number, value: number): void {
    this.#tag(field, varintType)
    if (value >= 0) this.#varint(value)
    else this.#negative(value)
  }

  bool(field: number, value: boolean): void {
    this.#tag(field, varintType)
    this.#varint(value ? 1 : 0)
  }

  double(field: number, value: number): void {
    this.#tag(field, fixed64Type)
    double[0] = value
    this.out.copy(doubleBytes)
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, fixed32Type)
    this.#uint32(value)
  }

  /** A number of 64 bits in two halves. */
  fixed64(field: number, high: number, low: number): void {
    this.#tag(field, fixed64Type)
    this.#uint32(low)
    this.#uint32(high)
  }

  /** A time in milliseconds since the Unix epoch, fractions included, as nanoseconds. */
  time(field: number, epochMs: number): void {
    const seconds = Math.floor(epochMs / 1_000)
    // Nanoseconds do not fit into a number: the seconds are multiplied in two halves of 16 bits.
    const nanos = Math.round((epochMs - seconds * 1_000) * 1e6)
    const upper = Math.floor(seconds / 0x1_0000) * 1e9
    const lower = (upper % 0x1_0000) * 0x1_0000 + (seconds % 0x1_0000) * 1e9 + nanos
    this.fixed64(field, Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000), lower % 0x1_0000_0000)
  }

  /** Text as UTF-8; the empty one is left out, as proto3 does. */
  text(field: number, text: string): void {
    if (text !== '') this.textAlways(field, text)
  }

  /** As `text`, where the empty one must be said: a value of a `oneof`. */
  textAlways(field: number, text: string): void {
    const { length } = text
    if (length <= shortText && this.#shortText(field, text)) return
    const start = this.begin(field)
    this.out.text(text)
    this.end(start)
  }

  /**
   * `KeyValue { key = 1, value = 2 { string = 1 } }`, the message that spans consist of, in one go: where both texts are short
   * ASCII every length takes one byte and is known beforehand. Else false, and nothing counts as written.
   *
   * @param field Below 16.
   */
  shortTextEntry(field: number, key: string, value: string): boolean {
    const keyLength = key.length
    const valueLength = value.length
    const anyLength = valueLength + 2
    const entryLength = keyLength + anyLength + 4
    if (entryLength >= oneByteLimit) return false
    const { out } = this
    out.reserve(entryLength + 2)
    const { bytes } = out
    let at = out.end
    let seen = 0
    bytes[at++] = (field << 3) | lengthType
    bytes[at++] = entryLength
    bytes[at++] = (1 << 3) | lengthType
    bytes[at++] = keyLength
    for (let i = 0; i < keyLength; i++) {
      const code = key.charCodeAt(i)
      seen |= code
      bytes[at++] = code
    }
    bytes[at++] = (2 << 3) | lengthType
    bytes[at++] = anyLength
    bytes[at++] = (1 << 3) | lengthType
    bytes[at++] = valueLength
    for (let i = 0; i < valueLength; i++) {
      const code = value.charCodeAt(i)
      seen |= code
      bytes[at++] = code
    }
    if (seen >= 0x80) return false
    out.end = at
    return true
  }

  /** Bytes that are given as hex digits. */
  hex(field: number, digits: string): void {
    const count = digits.length >> 1
    this.#tag(field, lengthType)
    this.#varint(count)
    const { out } = this
    out.reserve(count)
    const { bytes, end } = out
    for (let i = 0; i < count; i++) {
      bytes[end + i] = (nibble(digits.charCodeAt(2 * i)) << 4) | nibble(digits.charCodeAt(2 * i + 1))
    }
    out.end = end + count
  }

  /** A message, or other bytes, that has been written elsewhere. */
  message(field: number, bytes: Uint8Array): void {
    this.#tag(field, lengthType)
    this.#varint(bytes.length)
    this.out.copy(bytes)
  }

  /** Begins a message; give what it returns to `end`. */
  begin(field: number): number {
    this.#tag(field, lengthType)
    this.out.reserve(1)
    return ++this.out.end
  }

  end(start: number): void {
    const { out } = this
    const length = out.end - start
    if (length < oneByteLimit) {
      out.bytes[start - 1] = length
      return
    }
    const extra = varintLength(length) - 1
    out.reserve(extra)
    out.bytes.copyWithin(start + extra, start, out.end)
    out.end = start - 1
    this.#varint(length)
    out.end += length
  }

  /** False if it is not all ASCII; nothing counts as written then. */
  #shortText(field: number, text: string): boolean {
    const { length } = text
    const { out } = this
    const start = out.end
    this.#tag(field, lengthType)
    out.reserve(length + 1)
    const { bytes } = out
    let at = out.end
    bytes[at++] = length
    for (let i = 0; i < length; i++) {
      const code = text.charCodeAt(i)
      if (code >= 0x80) {
        out.end = start
        return false
      }
      bytes[at++] = code
    }
    out.end = at
    return true
  }

  #tag(field: number, type: number): void {
    this.#varint((field << 3) | type)
  }

  #varint(value: number): void {
    const { out } = this
    out.reserve(maxVarintBytes)
    if (value < oneByteLimit) {
      out.bytes[out.end++] = value
      return
    }
    let rest = value
    // Bit operations take 32 bits; what is larger is divided.
    while (rest > 0x7fff_ffff) {
      out.bytes[out.end++] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    while (rest >= oneByteLimit) {
      out.bytes[out.end++] = (rest & 0x7f) | 0x80
      rest >>>= 7
    }
    out.bytes[out.end++] = rest
  }

  /** Two's complement of 64 bits, which takes ten bytes. */
  #negative(value: number): void {
    const { out } = this
    out.reserve(maxVarintBytes)
    let rest = BigInt.asUintN(64, BigInt(value))
    for (; rest >= 0x80n; rest >>= 7n) out.bytes[out.end++] = Number(rest & 0x7fn) | 0x80
    out.bytes[out.end++] = Number(rest)
  }

  #uint32(value: number): void {
    const { out } = this
    out.reserve(4)
    const { bytes, end } = out
    bytes[end] = value & 0xff
    bytes[end + 1] = (value >>> 8) & 0xff
    bytes[end + 2] = (value >>> 16) & 0xff
    bytes[end + 3] = (value >>> 24) & 0xff
    out.end = end + 4
  }
}

function varintLength(value: number): number {
  let length = 1
  for (let rest = value; rest >= oneByteLimit; rest = Math.floor(rest / 0x80)) length++
  return length
}

/** Of `0`–`9` and `a`–`f`. */
function nibble(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57
}
