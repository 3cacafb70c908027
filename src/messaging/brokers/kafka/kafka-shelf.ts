/**
 * KafkaShelf: what a topic of Kafka holds, read by offsets, without a group.
 *
 *   read   ─▶ each partition from where the cursor's time begins ─▶ merged by time ─▶ those that are not marked
 *   remove ─▶ a mark in TOPIC.removed: Kafka cannot take one message out, so groups that read the topic itself get it still
 */
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { ShelvedMessage, TopicShelf } from '../../topic-shelf.ts'
import { asBrokerError, hasKafkaError, type KafkaClient } from './kafka-client.ts'
import type { KafkaPublisher } from './kafka-publisher.ts'
import { type FetchedRecord, KafkaReader } from './kafka-reader.ts'
import { fromRecord } from './kafka-record.ts'
import { isUnknownTopic } from './kafka-topics.ts'

export interface KafkaShelfParts {
  readonly client: KafkaClient
  readonly publisher: KafkaPublisher
  /** Of the topic of marks. */
  readonly replicas: number
}

/** What is looked at, as it is now. */
interface View {
  readonly reader: KafkaReader
  readonly topic: string
  readonly topicId: string
  readonly leaders: readonly number[]
  readonly firsts: readonly number[]
  readonly ends: readonly number[]
  readonly giveUpMs: number
}

interface Place {
  readonly timeMs: number
  readonly partition: number
  readonly offset: number
}

interface Found extends Place {
  readonly record: FetchedRecord
}

const form = /^(\d{1,15})-(\d{1,6})-(\d{1,15})$/

export class KafkaShelf implements TopicShelf {
  readonly isViewOnly = true
  readonly #parts: KafkaShelfParts

  constructor(parts: KafkaShelfParts) {
    this.#parts = parts
  }

  count(topic: string): Promise<number> {
    return this.#look(topic, 0, async (view) => {
      const held = view.ends.reduce((sum, end, partition) => sum + Math.max(0, end - (view.firsts[partition] ?? 0)), 0)
      return held - [...(await this.#marks(view))].filter((mark) => isHeld(view, mark)).length
    })
  }

  read(
    topic: string,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<ShelvedMessage[]> {
    return this.#look(topic, [], async (view) => {
      const cursor = after === undefined ? undefined : placeOf(after)
      const marks = await this.#marks(view)
      const starts = await this.#startsAt(view, cursor)
      const isWanted = (found: Found): boolean =>
        !marks.has(markOf(view, found)) && (cursor === undefined || compare(found, cursor) > 0)
      const found = await this.#records(view, { starts, limit, isWanted })
      return found
        .sort(compare)
        .slice(0, limit)
        .map((one) => shelved(topic, one))
    })
  }

  find(topic: string, positions: readonly string[]): Promise<ShelvedMessage[]> {
    return this.#look(topic, [], async (view) => {
      const marks = await this.#marks(view)
      const found: ShelvedMessage[] = []
      for (const place of positions.flatMap((position) => placeOf(position) ?? [])) {
        const mark = markOf(view, place)
        if (marks.has(mark) || !isHeld(view, mark)) continue
        const starts = view.ends.map((end, partition) => (partition === place.partition ? place.offset : end))
        const isWanted = ({ offset }: Found): boolean => offset === place.offset
        const [one] = await this.#records(view, { starts, limit: 1, isWanted })
        if (one !== undefined) found.push(shelved(topic, one))
      }
      return found
    })
  }

  remove(topic: string, positions: readonly string[]): Promise<number> {
    return this.#look(topic, 0, async (view) => {
      const marks = await this.#marks(view)
      const wanted = new Set(positions.flatMap((position) => placeOf(position) ?? []).map((at) => markOf(view, at)))
      const fresh = [...wanted].filter((mark) => !marks.has(mark) && isHeld(view, mark))
      if (fresh.length === 0) return 0
      await this.#ensureMarks(topic)
      await this.#parts.publisher.publish(
        fresh.map((mark) => ({ topic: marksOf(topic), id: mark, key: mark, headers: {}, body: new Uint8Array([1]) })),
      )
      return fresh.length
    })
  }

  async #look<T>(topic: string, missing: T, work: (view: View) => Promise<T>): Promise<T> {
    const { client } = this.#parts
    const reader = new KafkaReader({ client, topic, group: 'shelf' })
    try {
      const { leaders, topicId } = await reader.describe()
      const all = leaders.map((_, partition) => partition)
      const firsts = (await reader.bounds('earliest', all)).map(({ offset }) => offset)
      const ends = (await reader.bounds('latest', all)).map(({ offset }) => offset)
      const giveUpMs = client.clock.monotonic() + 4 * client.timeoutMs
      return await work({ reader, topic, topicId, leaders, firsts, ends, giveUpMs })
    } catch (error) {
      if (isUnknownTopic(error)) return missing
      throw asBrokerError(error)
    } finally {
      await reader.discard()
    }
  }

  /** What was removed, of this topic and not of one of its name that was there before. */
  #marks({ topic, topicId }: View): Promise<ReadonlySet<string>> {
    return this.#look(marksOf(topic), new Set<string>(), async (view) => {
      const found = await this.#records(view, { starts: view.firsts, limit: Number.POSITIVE_INFINITY })
      const marks = found.map(({ record }) => record.key?.toString() ?? '')
      return new Set(marks.filter((mark) => mark.startsWith(`${topicId}:`)))
    })
  }

  /** Compacted and never trimmed: a mark outlives what it marks. */
  async #ensureMarks(topic: string): Promise<void> {
    const configs = [{ name: 'cleanup.policy', value: 'compact' }]
    const { client, replicas } = this.#parts
    await client.administer((admin) =>
      admin
        .createTopics({ topics: [marksOf(topic)], partitions: 1, replicas, configs })
        .then(() => undefined)
        .catch((error: unknown) => {
          if (!hasKafkaError(error, 'TOPIC_ALREADY_EXISTS')) throw error
        }),
    )
  }

  async #startsAt(view: View, cursor: Place | undefined): Promise<readonly number[]> {
    if (cursor === undefined) return view.firsts
    const all = view.leaders.map((_, partition) => partition)
    const found = await view.reader.offsetsAt(cursor.timeMs, all)
    return found.map((offset, partition) => offset ?? view.ends[partition] ?? 0)
  }

  /** So many of each partition, or up to its end. */
  async #records(
    view: View,
    {
      starts,
      limit,
      isWanted = () => true,
    }: { starts: readonly number[]; limit: number; isWanted?: (found: Found) => boolean },
  ): Promise<Found[]> {
    const { clock } = this.#parts.client
    const next = [...starts]
    const found = starts.map((): Found[] => [])
    for (;;) {
      const open = next.flatMap((offset, partition) =>
        offset < (view.ends[partition] ?? 0) && (found[partition]?.length ?? 0) < limit ? [{ partition, offset }] : [],
      )
      if (open.length === 0) return found.flat()
      if (clock.monotonic() > view.giveUpMs) throw tooSlow()
      for (const [node, positions] of Map.groupBy(open, ({ partition }) => view.leaders[partition] ?? -1)) {
        for (const { partition, records, next: after } of await view.reader.fetch(node, positions)) {
          const from = next[partition] ?? 0
          const fresh = records.filter(({ offset }) => offset >= from && offset < (view.ends[partition] ?? 0))
          found[partition]?.push(
            ...fresh
              .map((record) => ({ timeMs: record.timeMs, partition, offset: record.offset, record }))
              .filter(isWanted),
          )
          next[partition] = after ?? from
        }
      }
    }
  }
}

function marksOf(topic: string): string {
  return `${topic}.removed`
}

function markOf({ topicId }: View, { partition, offset }: Pick<Place, 'partition' | 'offset'>): string {
  return `${topicId}:${partition}-${offset}`
}

function isHeld({ firsts, ends }: View, mark: string): boolean {
  const [partition = -1, offset = -1] = mark
    .slice(mark.indexOf(':') + 1)
    .split('-')
    .map(Number)
  return offset >= (firsts[partition] ?? Number.POSITIVE_INFINITY) && offset < (ends[partition] ?? 0)
}

function placeOf(position: string): Place | undefined {
  const [, timeMs, partition, offset] = form.exec(position) ?? []
  if (timeMs === undefined) return undefined
  return { timeMs: Number(timeMs), partition: Number(partition), offset: Number(offset) }
}

function compare(one: Place, other: Place): number {
  return one.timeMs - other.timeMs || one.partition - other.partition || one.offset - other.offset
}

function shelved(topic: string, { timeMs, partition, offset, record }: Found): ShelvedMessage {
  return { position: `${timeMs}-${partition}-${offset}`, message: fromRecord(record, topic, partition) }
}

function tooSlow(): ServiceError {
  const message = 'The broker cannot be reached: it did not send what its topic holds.'
  return new ServiceError('BROKER_UNAVAILABLE', message, { status: 503, retryable: true })
}
