/**
 * KafkaReader: fetches records, and reads and writes how far a group has come, over connections that are thrown away when they fall silent.
 *
 * Fetches wait at the broker, which answers one request of a connection after the other: they have connections of their own.
 */
import type { ConnectionPool, Consumer } from '@platformatic/kafka'
import { asBrokerError, type KafkaClient } from './kafka-client.ts'
import { groupIdOf, type MemberIdentity } from './kafka-membership.ts'

export interface KafkaReaderParts {
  readonly client: KafkaClient
  readonly topic: string
  readonly group: string
}

/** From where to read a partition. */
export interface ReadPosition {
  readonly partition: number
  readonly offset: number
}

export interface FetchedRecord {
  readonly offset: number
  /** When the broker took it, or its publisher made it, as the topic is set; in milliseconds since 1970. */
  readonly timeMs: number
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly headers: readonly (readonly [Buffer | null, Buffer | null])[]
}

export interface FetchedPartition {
  readonly partition: number
  readonly records: readonly FetchedRecord[]
  /** Where to read on; undefined if nothing came. */
  readonly next?: number
  /** The broker has nothing at this offset any more, or not yet. */
  readonly isOutOfRange: boolean
}

/** A fetch waits so long at the broker for something to come. */
const waitMs = 500
const maxBytes = 8 * 1024 * 1024
const maxPartitionBytes = 1024 * 1024
/** The bits of a batch that say that it marks a transaction. */
const isControl = 0b100000
const hasAppendTime = 0b1000
const outOfRange = 1

export class KafkaReader {
  readonly #parts: KafkaReaderParts
  #opened: Promise<{ consumer: Consumer; pool: ConnectionPool }> | undefined

  constructor(parts: KafkaReaderParts) {
    this.#parts = parts
  }

  /** The leader of each partition. */
  async leaders(): Promise<readonly number[]> {
    const { consumer } = await this.#open()
    const { topic } = this.#parts
    const { topics } = await this.#parts.client.within(consumer.metadata({ topics: [topic] }))
    return (topics.get(topic)?.partitions ?? []).map(({ leader }) => leader)
  }

  /** The leader of each partition, and what Kafka knows the topic by while it is there. */
  async describe(): Promise<{ leaders: readonly number[]; topicId: string }> {
    const leaders = await this.leaders()
    const { consumer } = await this.#open()
    return { leaders, topicId: consumer.currentMetadata?.topics.get(this.#parts.topic)?.id ?? '' }
  }

  /** The first offset of each partition that is not older; undefined where there is none. */
  async offsetsAt(timeMs: number, partitions: readonly number[]): Promise<(number | undefined)[]> {
    const { topic, client } = this.#parts
    const { consumer } = await this.#open()
    const asked = consumer.listOffsets({
      topics: [topic],
      partitions: { [topic]: [...partitions] },
      timestamp: BigInt(timeMs),
    })
    const found = (await client.within(asked)).get(topic) ?? []
    return partitions.map((partition) => {
      const offset = Number(found[partition] ?? -1n)
      return offset < 0 ? undefined : offset
    })
  }

  /** Leaders have changed. */
  async forgetLeaders(): Promise<void> {
    const { consumer } = await this.#open()
    consumer.clearMetadata()
  }

  /** Offsets that the group has committed; -1 where it has none. */
  async committed(partitions: readonly number[], identity: MemberIdentity): Promise<ReadPosition[]> {
    const { topic } = this.#parts
    const consumer = await this.#as(identity)
    const asked = consumer.listCommittedOffsets({ topics: [{ topic, partitions: [...partitions] }] })
    const found = (await this.#parts.client.within(asked)).get(topic) ?? []
    return partitions.map((partition) => ({ partition, offset: Number(found[partition] ?? -1n) }))
  }

  /** The first or the last offset of partitions. */
  async bounds(where: 'earliest' | 'latest', partitions: readonly number[]): Promise<ReadPosition[]> {
    const { topic, client } = this.#parts
    const { consumer } = await this.#open()
    const timestamp = where === 'earliest' ? -2n : -1n
    const asked = consumer.listOffsets({ topics: [topic], partitions: { [topic]: [...partitions] }, timestamp })
    const found = (await client.within(asked)).get(topic) ?? []
    return partitions.map((partition) => ({ partition, offset: boundOf(found, partition) }))
  }

  async commit(positions: readonly ReadPosition[], identity: MemberIdentity): Promise<void> {
    const { topic, client } = this.#parts
    const consumer = await this.#as(identity)
    const offsets = positions.map(({ partition, offset }) => ({
      topic,
      partition,
      offset: BigInt(offset),
      leaderEpoch: -1,
    }))
    await client.within(consumer.commit({ offsets }))
  }

  /** What came first of each partition; waits a moment if there is nothing. All of them have the leader `node`. */
  async fetch(node: number, positions: readonly ReadPosition[]): Promise<FetchedPartition[]> {
    const { topic } = this.#parts
    const { consumer, pool } = await this.#open()
    const topicId = consumer.currentMetadata?.topics.get(topic)?.id ?? ''
    const partitions = positions.map(({ partition, offset }) => ({
      partition,
      currentLeaderEpoch: -1,
      fetchOffset: BigInt(offset),
      lastFetchedEpoch: -1,
      partitionMaxBytes: maxPartitionBytes,
    }))
    const asked = {
      node,
      topics: [{ topicId, partitions }],
      connectionPool: pool,
      maxWaitTime: waitMs,
      minBytes: 1,
      maxBytes,
    }
    return await consumer.fetch(asked).then(fetchedOf, fetchedOfError)
  }

  /** Its connections do not answer any more: the next request has new ones. */
  async discard(): Promise<void> {
    const opened = this.#opened
    this.#opened = undefined
    const { consumer, pool } = (await opened?.catch(() => undefined)) ?? {}
    await Promise.all([closed(pool), consumer?.close(true).catch(() => undefined)])
  }

  #open(): Promise<{ consumer: Consumer; pool: ConnectionPool }> {
    this.#opened ??= this.#make()
    return this.#opened
  }

  async #make(): Promise<{ consumer: Consumer; pool: ConnectionPool }> {
    const { client, group, topic } = this.#parts
    const { Consumer, ConnectionPool } = await client.load()
    const settings = client.settings(client.timeoutMs + waitMs)
    const consumer = new Consumer({ ...settings, groupId: groupIdOf(topic, group) })
    consumer.on('error', () => undefined)
    consumer.topics.track(topic)
    return { consumer, pool: new ConnectionPool(settings.clientId, settings) }
  }

  /** It joins nothing: it speaks for the member. */
  async #as({ memberId, generationId }: MemberIdentity): Promise<Consumer> {
    const { consumer } = await this.#open()
    consumer.memberId = memberId
    consumer.generationId = generationId
    return consumer
  }
}

/** What Kafka did not say is no 0: a group that begins at the end would read all of the partition. */
function boundOf(found: readonly (bigint | undefined)[], partition: number): number {
  const offset = found[partition]
  if (offset === undefined || offset < 0n)
    throw asBrokerError(new Error(`it did not say where partition ${partition} begins and ends`))
  return Number(offset)
}

type FetchResponse = Awaited<ReturnType<Consumer['fetch']>>

function fetchedOf({ responses }: FetchResponse): FetchedPartition[] {
  return responses.flatMap(({ partitions }) =>
    partitions.map(({ partitionIndex, errorCode, records: found }) => {
      const batches = found ?? []
      const last = batches.at(-1)
      const end = last === undefined ? {} : { next: Number(last.firstOffset) + last.lastOffsetDelta + 1 }
      const records = batches
        .filter(({ attributes }) => (attributes & isControl) === 0)
        .flatMap(({ attributes, firstOffset, firstTimestamp, maxTimestamp, records }) =>
          records.map(({ offsetDelta, timestampDelta, key, value, headers }) => ({
            offset: Number(firstOffset) + offsetDelta,
            timeMs: Number((attributes & hasAppendTime) === 0 ? firstTimestamp + timestampDelta : maxTimestamp),
            key,
            value,
            headers,
          })),
        )
      return { partition: partitionIndex, records, isOutOfRange: errorCode === outOfRange, ...end }
    }),
  )
}

/** The error of one partition comes with the answers of all. */
function fetchedOfError(error: unknown): FetchedPartition[] {
  const { response } = error as { response?: FetchResponse }
  const codes = (response?.responses ?? []).flatMap(({ partitions }) => partitions.map(({ errorCode }) => errorCode))
  if (response !== undefined && codes.every((code) => code === 0 || code === outOfRange)) return fetchedOf(response)
  throw error
}

/** The pool's own promise is of no use to its types. */
function closed(pool: ConnectionPool | undefined): Promise<void> {
  return new Promise((resolve) => (pool === undefined ? resolve() : pool.close(() => resolve())))
}
