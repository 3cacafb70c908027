/**
 * KafkaRecord: a message as a record of Kafka, and back.
 *
 * CloudEvents' binding for Kafka (section 3.2.3) writes attributes as `ce_id`, where ours and HTTP's are `ce-id`: consumers in other
 * languages find them under their names.
 */
import type { Message } from '../../message.ts'

/** Where a message's id stands that is not the id of a CloudEvent. */
const idHeader = 'x-message-id'

export interface KafkaRecord {
  readonly topic: string
  readonly key?: Buffer
  readonly value: Buffer
  readonly headers: Map<Buffer, Buffer>
}

/** A record that was read. */
export interface ReadRecord {
  readonly offset: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

export function toRecord({ topic, id, key, headers, body }: Message): KafkaRecord {
  const all = headers['ce-id'] === id ? headers : { ...headers, [idHeader]: id }
  const record = {
    topic,
    value: Buffer.from(body.buffer, body.byteOffset, body.byteLength),
    headers: new Map(
      Object.entries(all).map(([name, value]) => [Buffer.from(name.replace(/^ce-/, 'ce_')), Buffer.from(value)]),
    ),
  }
  return key === undefined ? record : { ...record, key: Buffer.from(key) }
}

/** What another client has written without an id is known by its place, which does not change. */
export function fromRecord({ offset, key, value, headers }: ReadRecord, topic: string, partition: number): Message {
  const { [idHeader]: id, ...rest } = Object.fromEntries(
    headers.map(([name, text]) => [(name?.toString() ?? '').replace(/^ce_/, 'ce-'), text?.toString() ?? '']),
  )
  return {
    topic,
    id: id ?? rest['ce-id'] ?? `${topic}-${partition}-${offset}`,
    key: key?.toString(),
    headers: rest,
    body: value ?? new Uint8Array(),
  }
}

/** About what it takes in a request, at least. */
export function bytesOf({ key, value, headers }: KafkaRecord): number {
  let bytes = 64 + (key?.length ?? 0) + value.length
  for (const [name, text] of headers) bytes += 8 + name.length + text.length
  return bytes
}
