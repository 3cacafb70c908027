/**
 * RocketMessage: messages as RocketMQ keeps them, and back.
 *
 *   key ─▶ property __SHARDINGKEY    id ─▶ properties UNIQ_KEY and KEYS, by which its tools find a message    headers ─▶ properties
 *
 * Source: `MessageDecoder.java` of RocketMQ 5.
 */
import { builtinModule } from '../../../platform/builtin-module.ts'
import { fromHeaderText } from '../../internal/header-text.ts'
import type { Message } from '../../message.ts'

/** A message at its place in a queue. */
export interface RocketRecord {
  readonly offset: number
  /** Where it is in the broker's log. */
  readonly logOffset: number
  readonly body: Uint8Array
  readonly properties: Readonly<Record<string, string>>
}

/** RocketMQ takes letters, digits, `_`, `-`, `%` and `|` in names; ours have dots besides. */
export function rocketName(name: string): string {
  return name.replaceAll('.', '%2E')
}

/** All members of a group of RocketMQ must listen to the same topics: each topic has groups of its own. */
export function rocketGroup(topic: string, group: string): string {
  return `${rocketName(group)}%${rocketName(topic)}`
}

const pairEnd = '\u0002'
const nameEnd = '\u0001'

export function propertiesOf({ id, key, headers }: Message, more: Readonly<Record<string, string>> = {}): string {
  const own = { ...more, KEYS: id, UNIQ_KEY: id, ...(key !== undefined && { __SHARDINGKEY: key }) }
  return Object.entries({ ...headers, ...own })
    .map(([name, value]) => `${toPropertyText(name)}${nameEnd}${toPropertyText(value)}${pairEnd}`)
    .join('')
}

/** Many messages of one queue, each with properties of its own. */
export function encodeBatch(messages: readonly Message[]): Uint8Array {
  return Buffer.concat(
    messages.map((message) => {
      const properties = Buffer.from(propertiesOf(message))
      const { body } = message
      const bytes = Buffer.alloc(22 + body.byteLength + properties.length)
      bytes.writeInt32BE(bytes.length, 0)
      // Magic number, checksum and flag are the broker's business.
      bytes.writeInt32BE(body.byteLength, 16)
      bytes.set(body, 20)
      bytes.writeInt16BE(properties.length, 20 + body.byteLength)
      bytes.set(properties, 22 + body.byteLength)
      return bytes
    }),
  )
}

export function decodeRecords(bytes: Uint8Array): RocketRecord[] {
  const all = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const records: RocketRecord[] = []
  for (let at = 0; at < all.length; ) {
    const size = all.readInt32BE(at)
    records.push(decodeRecord(all.subarray(at, at + size)))
    at += size
  }
  return records
}

/** Topics whose names have more than 255 bytes. */
const longTopicMagic = -626_843_477
/** Bits of the system flag. */
const [isCompressed, typeBits, hasBornV6, hasStoreV6] = [0x1, 0x700, 0x10, 0x20]

function decodeRecord(bytes: Buffer): RocketRecord {
  const flag = bytes.readInt32BE(36)
  // After 8 bytes of when it was born: from which host, when and by which host it was stored, attempts, place of its half.
  const bodyAt = 48 + hostBytes(flag, hasBornV6) + 8 + hostBytes(flag, hasStoreV6) + 4 + 8
  const bodyEnd = bodyAt + 4 + bytes.readInt32BE(bodyAt)
  const isLong = bytes.readInt32BE(4) === longTopicMagic
  const topicBytes = isLong ? bytes.readUInt16BE(bodyEnd) : bytes.readUInt8(bodyEnd)
  const propertiesAt = bodyEnd + (isLong ? 2 : 1) + topicBytes
  const text = bytes.toString('utf8', propertiesAt + 2, propertiesAt + 2 + bytes.readUInt16BE(propertiesAt))
  const body = bytes.subarray(bodyAt + 4, bodyEnd)
  return {
    offset: Number(bytes.readBigInt64BE(20)),
    logOffset: Number(bytes.readBigInt64BE(28)),
    body: (flag & isCompressed) === 0 ? body : unpack(body, (flag & typeBits) >> 8),
    properties: parseProperties(text),
  }
}

function hostBytes(flag: number, isV6: number): number {
  return (flag & isV6) === 0 ? 8 : 20
}

const mostUnpackedBytes = 64 * 1_024 * 1_024

/** Clients in Java compress what is large, by zlib unless they are told otherwise (0 of old ones, 3 of new ones). */
function unpack(body: Uint8Array, type: number): Uint8Array {
  const isZlib = type === 0 || type === 3
  return isZlib ? builtinModule('node:zlib').inflateSync(body, { maxOutputLength: mostUnpackedBytes }) : body
}

export function parseProperties(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(pairEnd)
      .map((pair) => pair.split(nameEnd))
      .flatMap(([name, value]) => (name && value !== undefined ? [[fromHeaderText(name), fromHeaderText(value)]] : [])),
  )
}

/** Names that the broker and its clients use for themselves. */
const isOwn = /^(__|[A-Z0-9_]+$)/

/** What another client has written without an id is known by its place, which does not change. */
export function fromRecord({ offset, body, properties }: RocketRecord, topic: string, queue: string): Message {
  const headers = Object.fromEntries(Object.entries(properties).filter(([name]) => !isOwn.test(name)))
  const { UNIQ_KEY, __SHARDINGKEY } = properties
  return { topic, id: UNIQ_KEY ?? `${topic}-${queue}-${offset}`, key: __SHARDINGKEY, headers, body }
}

/** Properties are separated by control characters. */
function toPropertyText(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what separates.
  return text.replaceAll(/[\u0000-\u001f%]+/g, encodeURIComponent)
}
