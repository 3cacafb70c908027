/**
 * KafkaPublisher: batches, one after the other, each acknowledged by all replicas in sync.
 *
 *   publish ─▶ waits for the batch under way ─▶ all that wait, up to 1,000 and 900 KB ─▶ acks = all ─▶ resolved
 *                      └─ too late: BROKER_UNAVAILABLE ─▶ the producer is thrown away, and with it its sequence numbers
 *
 * One at a time, because the package gives two requests that are under way at once the same sequence number: Kafka takes the second for a
 * repetition of the first, acknowledges it, and drops it. For the same reason no producer outlives a request that failed.
 */
import type { Producer } from '@platformatic/kafka'
import type { CancelTimer } from '../../../foundation/clock/clock.ts'
import type { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Message } from '../../message.ts'
import { asBrokerError, type KafkaClient } from './kafka-client.ts'
import { bytesOf, type KafkaRecord, toRecord } from './kafka-record.ts'
import type { KafkaTopics } from './kafka-topics.ts'

export interface KafkaPublisherParts {
  readonly client: KafkaClient
  readonly topics: KafkaTopics
}

interface Entry {
  readonly records: readonly KafkaRecord[]
  readonly bytes: number
  settle(error?: ServiceError): void
}

/** Kafka takes batches of 1 MiB for each partition, unless it is told otherwise. */
const mostBytes = 900_000
const mostRecords = 1_000
/** Between two attempts of the package to send the same batch, which is safe by its sequence number. */
const retryDelayMs = 50

export class KafkaPublisher {
  readonly #parts: KafkaPublisherParts
  #waiting: Entry[] = []
  #underWay: readonly Entry[] = []
  #producer: Promise<Producer> | undefined
  #sending: Promise<void> | undefined

  constructor(parts: KafkaPublisherParts) {
    this.#parts = parts
  }

  async publish(messages: readonly Message[]): Promise<void> {
    // One after the other: the order of keys holds over them.
    for (const records of inBatches(messages.map(toRecord))) await this.#enqueue(records)
  }

  async stop(): Promise<void> {
    await this.#sending
    await this.#discard()
  }

  #enqueue(records: readonly KafkaRecord[]): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    let cancelTimer: CancelTimer | undefined
    const entry: Entry = {
      records,
      bytes: records.reduce((sum, record) => sum + bytesOf(record), 0),
      settle: (error) => {
        cancelTimer?.()
        if (error === undefined) resolve()
        else reject(error)
      },
    }
    const { client } = this.#parts
    cancelTimer = client.clock.schedule(client.timeoutMs, () => this.#tooLate(entry), true)
    this.#waiting.push(entry)
    this.#sending ??= this.#send()
    return promise
  }

  #tooLate(entry: Entry): void {
    const isUnderWay = this.#underWay.includes(entry)
    this.#waiting = this.#waiting.filter((other) => other !== entry)
    entry.settle(asBrokerError(new Error(`no acknowledgement within ${this.#parts.client.timeoutMs} ms`)))
    // Ends the request, which fails.
    if (isUnderWay) void this.#discard()
  }

  async #send(): Promise<void> {
    // Those of one turn of the loop together.
    await Promise.resolve()
    while (this.#waiting.length > 0) {
      const batch = this.#take()
      const error = await this.#sendBatch(batch)
      // One of them may be to blame alone.
      if (error?.code === 'MESSAGE_TOO_LARGE' && batch.length > 1) {
        for (const entry of batch) entry.settle(await this.#sendBatch([entry]))
      } else for (const entry of batch) entry.settle(error)
    }
    // In the same turn as the last look: whoever comes now begins anew.
    this.#sending = undefined
  }

  #take(): Entry[] {
    let [bytes, records, count] = [0, 0, 0]
    for (const entry of this.#waiting) {
      bytes += entry.bytes
      records += entry.records.length
      if (count > 0 && (bytes > mostBytes || records > mostRecords)) break
      count++
    }
    return this.#waiting.splice(0, count)
  }

  async #sendBatch(batch: readonly Entry[]): Promise<ServiceError | undefined> {
    const { topics } = this.#parts
    const messages = batch.flatMap(({ records }) => records)
    this.#underWay = batch
    try {
      for (const topic of new Set(messages.map(({ topic }) => topic))) await topics.ensure(topic)
      this.#producer ??= this.#open()
      const producer = await this.#producer
      await producer.send({ messages })
      return undefined
    } catch (error) {
      topics.forget()
      await this.#discard()
      return asBrokerError(error)
    } finally {
      this.#underWay = []
    }
  }

  async #open(): Promise<Producer> {
    const { client } = this.#parts
    const { Producer, ProduceAcks, compatibilityPartitioner } = await client.load()
    const producer = new Producer({
      ...client.settings(),
      idempotent: true,
      acks: ProduceAcks.ALL,
      // As Kafka's own client places keys: others find them in the same partition.
      partitioner: (message, key) =>
        key === undefined ? Math.trunc(Math.random() * 0x7fffffff) : compatibilityPartitioner(message, key),
      repeatOnStaleMetadata: true,
      retries: Math.ceil(client.timeoutMs / retryDelayMs),
      retryDelay: retryDelayMs,
    })
    producer.on('error', () => undefined)
    return producer
  }

  async #discard(): Promise<void> {
    const producer = this.#producer
    this.#producer = undefined
    await (await producer?.catch(() => undefined))?.close(true).catch(() => undefined)
  }
}

/** What one request may hold; a message beyond it goes alone. */
function inBatches(records: readonly KafkaRecord[]): KafkaRecord[][] {
  const batches: KafkaRecord[][] = []
  let left = 0
  for (const record of records) {
    const bytes = bytesOf(record)
    const last = batches.at(-1)
    if (last === undefined || bytes > left || last.length >= mostRecords) {
      batches.push([record])
      left = mostBytes - bytes
    } else {
      last.push(record)
      left -= bytes
    }
  }
  return batches
}
