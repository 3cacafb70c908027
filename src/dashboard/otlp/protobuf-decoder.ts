/**
 * Protobuf in, the JSON form of OTLP out: so that what is understood of either is written once.
 *
 *   bytes ─▶ tag (field, wire type) ─▶ known: its value under its JSON name │ unknown: skipped ─▶ object
 *
 * The bytes come from whoever can reach the port. Lengths never lead outside of their message, messages nest no deeper than
 * `maxDepth`, a request holds no more than `maxItems` messages and values, and what breaks a rule is refused as a whole.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'

export type ScalarType =
  | 'string'
  /** Written as lower-case hex, as OTLP's JSON has ids. */
  | 'hex'
  /** Written as base64. */
  | 'bytes'
  | 'bool'
  | 'int64'
  | 'uint64'
  | 'uint32'
  | 'sint32'
  | 'fixed64'
  | 'sfixed64'
  | 'fixed32'
  | 'double'

export interface Field {
  readonly name: string
  readonly type: ScalarType | (() => MessageType)
  readonly isRepeated?: true
}

/** By field number. */
export type MessageType = ReadonlyMap<number, Field>

export interface DecodeLimits {
  readonly maxDepth: number
  readonly maxItems: number
}

/** OTLP's own messages nest to a depth of 7; a value inside a value adds three. */
export const defaultDecodeLimits: DecodeLimits = { maxDepth: 32, maxItems: 2_000_000 }

export type DecodedMessage = Record<string, unknown>

/** @throws ServiceError `BAD_OTLP` (400) for bytes that are no such message, or that go beyond a limit. */
export function decodeProtobuf(
  bytes: Uint8Array,
  type: MessageType,
  limits: DecodeLimits = defaultDecodeLimits,
): DecodedMessage {
  return new Decoder(bytes, limits).message(type, bytes.length, 1)
}

const wireVarint = 0
const wire64 = 1
const wireBytes = 2
const wire32 = 5

const utf8 = new TextDecoder()

class Decoder {
  readonly #bytes: Buffer
  readonly #limits: DecodeLimits
  #at = 0
  #items = 0

  constructor(bytes: Uint8Array, limits: DecodeLimits) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.#limits = limits
  }

  message(type: MessageType, end: number, depth: number): DecodedMessage {
    if (depth > this.#limits.maxDepth) throw badOtlp(`messages nest deeper than ${this.#limits.maxDepth}`)
    const message: DecodedMessage = {}
    while (this.#at < end) {
      const tag = this.#varint(end)
      const wire = tag % 8
      const field = type.get(Math.floor(tag / 8))
      if (tag < 8) throw badOtlp('a field has the number 0')
      if (field === undefined) this.#skip(wire, end)
      else this.#field(message, field, wire, end, depth)
    }
    return message
  }

  #field(message: DecodedMessage, field: Field, wire: number, end: number, depth: number): void {
    this.#count()
    const { name, type, isRepeated } = field
    if (typeof type === 'string' && isRepeated === true && wire === wireBytes && isPackable(type)) {
      this.#packed(listIn(message, name), type, end)
      return
    }
    const value = typeof type === 'string' ? this.#scalar(type, wire, end) : this.#nested(type(), wire, end, depth)
    if (isRepeated === true) listIn(message, name).push(value)
    else message[name] = value
  }

  #nested(type: MessageType, wire: number, end: number, depth: number): DecodedMessage {
    if (wire !== wireBytes) throw badOtlp('a message stands where its length is missing')
    const until = this.#lengthEnd(end)
    return this.message(type, until, depth + 1)
  }

  #packed(list: unknown[], type: ScalarType, end: number): void {
    const until = this.#lengthEnd(end)
    while (this.#at < until) {
      this.#count()
      list.push(this.#scalar(type, wireTypeOf(type), until))
    }
  }

  #scalar(type: ScalarType, wire: number, end: number): unknown {
    if (wire !== wireTypeOf(type)) throw badOtlp(`a field of type ${type} has the wire type ${wire}`)
    switch (type) {
      case 'string':
        return utf8.decode(this.#take(end))
      case 'hex':
        return this.#take(end).toString('hex')
      case 'bytes':
        return this.#take(end).toString('base64')
      case 'bool':
        return this.#varint(end) !== 0
      case 'uint32':
      case 'uint64':
        return this.#varint(end)
      case 'sint32': {
        const zigzag = this.#varint(end)
        return zigzag % 2 === 0 ? zigzag / 2 : -(zigzag + 1) / 2
      }
      case 'int64':
        return this.#int64(end)
      case 'double':
        return this.#bytes.readDoubleLE(this.#fixed(8, end))
      case 'fixed32':
        return this.#bytes.readUInt32LE(this.#fixed(4, end))
      case 'fixed64': {
        const at = this.#fixed(8, end)
        return this.#bytes.readUInt32LE(at + 4) * 4_294_967_296 + this.#bytes.readUInt32LE(at)
      }
      case 'sfixed64':
        return exact(this.#bytes.readBigInt64LE(this.#fixed(8, end)))
    }
  }

  /** As a number; beyond 2 ** 53 it is the nearest one, which only tags and counts use. */
  #varint(end: number): number {
    let value = 0
    let factor = 1
    for (let length = 1; length <= 10; length++) {
      if (this.#at >= end) throw badOtlp('it ends inside a number')
      const byte = this.#bytes[this.#at++] ?? 0
      value += (byte & 0x7f) * factor
      if (byte < 0x80) return value
      factor *= 128
    }
    throw badOtlp('a number is longer than ten bytes')
  }

  /** Numbers that JavaScript cannot hold become text, as in JSON. */
  #int64(end: number): number | string {
    const from = this.#at
    const value = this.#varint(end)
    if (value <= Number.MAX_SAFE_INTEGER) return value
    let exactly = 0n
    for (let at = this.#at - 1; at >= from; at--) exactly = (exactly << 7n) | BigInt((this.#bytes[at] ?? 0) & 0x7f)
    return exact(BigInt.asIntN(64, exactly))
  }

  #take(end: number): Buffer {
    const until = this.#lengthEnd(end)
    const taken = this.#bytes.subarray(this.#at, until)
    this.#at = until
    return taken
  }

  #lengthEnd(end: number): number {
    const length = this.#varint(end)
    if (length > end - this.#at) throw badOtlp('a length leads outside of its message')
    return this.#at + length
  }

  #fixed(size: number, end: number): number {
    if (size > end - this.#at) throw badOtlp('it ends inside a number')
    this.#at += size
    return this.#at - size
  }

  #skip(wire: number, end: number): void {
    if (wire === wireVarint) this.#varint(end)
    else if (wire === wire64) this.#fixed(8, end)
    else if (wire === wireBytes) this.#take(end)
    else if (wire === wire32) this.#fixed(4, end)
    else throw badOtlp(`the wire type ${wire} is not in use`)
  }

  #count(): void {
    if (++this.#items > this.#limits.maxItems) throw badOtlp(`it holds more than ${this.#limits.maxItems} values`)
  }
}

function listIn(message: DecodedMessage, name: string): unknown[] {
  const before = message[name]
  if (Array.isArray(before)) return before
  const list: unknown[] = []
  message[name] = list
  return list
}

function exact(value: bigint): number | string {
  const number = Number(value)
  return Number.isSafeInteger(number) ? number : String(value)
}

function isPackable(type: ScalarType): boolean {
  return type !== 'string' && type !== 'hex' && type !== 'bytes'
}

function wireTypeOf(type: ScalarType): number {
  if (!isPackable(type)) return wireBytes
  if (type === 'double' || type === 'fixed64' || type === 'sfixed64') return wire64
  return type === 'fixed32' ? wire32 : wireVarint
}

function badOtlp(what: string): ServiceError {
  return new ServiceError('BAD_OTLP', `The body is no OTLP message in protobuf: ${what}.`, { status: 400 })
}
