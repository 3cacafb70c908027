/**
 * RabbitShelf: what a topic's stream holds, by its offsets, without a group.
 *
 *   look   ─▶ a mark at the stream's end ─▶ read from the mark of the last look, or all, up to it ─▶ offsets of what is there
 *   read   ─▶ look ─▶ the records at some of those offsets
 *   remove ─▶ look ─▶ a record that names offsets: RabbitMQ cannot take one out of a stream, so groups that come later get it still
 *
 * The mark is the one way to know where a stream ends: RabbitMQ counts its records late, and sends nothing where there is nothing.
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { messageId } from '../../message-id.ts'
import type { ShelvedMessage, TopicShelf } from '../../topic-shelf.ts'
import { confirm, type RabbitConnection, type RabbitMessage } from './rabbitmq-connection.ts'
import { isTopicThere } from './rabbitmq-group.ts'
import { readStream, streamOffsetOf } from './rabbitmq-stream.ts'
import { fromRabbitMessage, markHeader, topicNames } from './rabbitmq-topic.ts'

export interface RabbitShelfParts {
  readonly connection: RabbitConnection
  readonly clock: Clock
  readonly timeoutMs: number
}

/** What stood in front of a mark. */
interface View {
  readonly mark: string
  readonly markAt: number
  /** Ascending. */
  readonly offsets: ReadonlySet<number>
}

/** Instead of an id: the body names the offsets that are removed. */
const removal = 'removed'

export class RabbitShelf implements TopicShelf {
  readonly isViewOnly = true
  readonly #parts: RabbitShelfParts
  /** Of the last look at each stream. */
  readonly #views = new Map<string, View>()

  constructor(parts: RabbitShelfParts) {
    this.#parts = parts
  }

  async count(topic: string): Promise<number> {
    return (await this.#look(topic)).size
  }

  async read(
    topic: string,
    { after, limit }: { readonly after?: string | undefined; readonly limit: number },
  ): Promise<ShelvedMessage[]> {
    const behind = after === undefined ? -1 : (offsetOf(after) ?? -1)
    const offsets = [...(await this.#look(topic))].filter((offset) => offset > behind)
    return await this.#fetch(topic, offsets.slice(0, limit))
  }

  async find(topic: string, positions: readonly string[]): Promise<ShelvedMessage[]> {
    return await this.#fetch(topic, held(await this.#look(topic), positions))
  }

  async remove(topic: string, positions: readonly string[]): Promise<number> {
    const offsets = held(await this.#look(topic), positions)
    if (offsets.length > 0) await this.#mark(topicNames(topic).log, removal, offsets.join())
    return offsets.length
  }

  async #look(topic: string): Promise<ReadonlySet<number>> {
    const { log } = topicNames(topic)
    if (!(await isTopicThere(this.#parts.connection, topic))) {
      this.#views.delete(log)
      return new Set()
    }
    const mark = messageId(this.#parts.clock.now())
    await this.#mark(log, mark)
    const view = (await this.#continued(log, mark)) ?? (await this.#viewed(log, mark))
    if (view === undefined) return new Set()
    this.#views.set(log, view)
    return view.offsets
  }

  /** Undefined where the stream no longer has the mark of the last look: it was trimmed, or made anew. */
  async #continued(log: string, mark: string): Promise<View | undefined> {
    const last = this.#views.get(log)
    if (last === undefined) return undefined
    try {
      return await this.#viewed(log, mark, last)
    } catch {
      // A stream that was made anew and is shorter sends nothing from there on. If RabbitMQ is away, so it is for who reads all.
      return undefined
    }
  }

  async #viewed(log: string, mark: string, last?: View): Promise<View | undefined> {
    const offsets = new Set(last === undefined ? [] : await this.#untrimmed(log, last.offsets))
    let markAt = -1
    let isKnown = last === undefined
    await this.#read(log, last?.markAt ?? 'first', (record) => {
      isKnown ||= streamOffsetOf(record) === last?.markAt && markOf(record) === last.mark
      if (!isKnown) return true
      if (markOf(record) === mark) markAt = streamOffsetOf(record)
      else apply(offsets, record)
      return markAt >= 0
    })
    return isKnown ? { mark, markAt, offsets } : undefined
  }

  /** Without what retention has removed. */
  async #untrimmed(log: string, offsets: ReadonlySet<number>): Promise<readonly number[]> {
    if (offsets.size === 0) return []
    let first = 0
    await this.#read(log, 'first', (record) => {
      first = streamOffsetOf(record)
      return true
    })
    return [...offsets].filter((offset) => offset >= first)
  }

  /** In ascending order. */
  async #fetch(topic: string, offsets: readonly number[]): Promise<ShelvedMessage[]> {
    const [first] = offsets
    const last = offsets.at(-1)
    if (first === undefined || last === undefined) return []
    const wanted = new Set(offsets)
    const found: ShelvedMessage[] = []
    await this.#read(topicNames(topic).log, first, (record) => {
      const offset = streamOffsetOf(record)
      if (wanted.has(offset)) found.push({ position: String(offset), message: fromRabbitMessage(topic, record) })
      return offset >= last
    })
    return found
  }

  #read(stream: string, from: number | 'first', isLast: (record: RabbitMessage) => boolean): Promise<void> {
    return readStream({ ...this.#parts, stream, from, isLast })
  }

  async #mark(log: string, mark: string, body = ''): Promise<void> {
    const properties = { persistent: true, headers: { [markHeader]: mark } }
    await this.#parts.connection.withChannel(
      (channel) => confirm(channel, '', { key: log, body: Buffer.from(body), properties }),
      'confirm',
    )
  }
}

function apply(offsets: Set<number>, record: RabbitMessage): void {
  const mark = markOf(record)
  if (mark === undefined) offsets.add(streamOffsetOf(record))
  if (mark !== removal) return
  for (const offset of Buffer.from(record.content).toString().split(',')) offsets.delete(Number(offset))
}

function markOf({ properties }: RabbitMessage): unknown {
  return properties.headers?.[markHeader]
}

/** Those of the positions that are there, ascending. */
function held(offsets: ReadonlySet<number>, positions: readonly string[]): number[] {
  const wanted = new Set(positions.map(offsetOf))
  return [...offsets].filter((offset) => wanted.has(offset))
}

function offsetOf(position: string): number | undefined {
  return /^\d{1,15}$/.test(position) ? Number(position) : undefined
}
