/**
 * RedisShelf: looks at the streams of a topic, all lanes as one, and takes entries out. A position is the entry's id with its lane:
 * `1764331200000-0:7`.
 */
import type { RedisConnection } from '../../../redis/redis-connection.ts'
import type { RedisCommand, RedisReply } from '../../../redis/redis-like.ts'
import type { ShelvedMessage, TopicShelf } from '../../topic-shelf.ts'
import { messageFrom, replyText } from './redis-entry.ts'

export interface RedisShelfParts {
  readonly redis: RedisConnection
  lanesOf(topic: string): readonly string[]
  asBrokerError(error: unknown): unknown
}

interface Place {
  readonly id: string
  readonly lane: number
}

export class RedisShelf implements TopicShelf {
  readonly #parts: RedisShelfParts

  constructor(parts: RedisShelfParts) {
    this.#parts = parts
  }

  async count(topic: string): Promise<number> {
    const lengths = await this.#all(this.#parts.lanesOf(topic).map((key) => ['XLEN', key]))
    return lengths.reduce((sum: number, length) => sum + Number(length), 0)
  }

  /** The next ones of every lane, of which the first in time are taken. */
  async read(
    topic: string,
    { after, limit }: { after?: string | undefined; limit: number },
  ): Promise<ShelvedMessage[]> {
    const last = after === undefined ? undefined : placeOf(after)
    const from = (lane: number): string => {
      if (last === undefined) return '-'
      return lane > last.lane ? last.id : `(${last.id}`
    }
    const found = await this.#all(
      this.#parts.lanesOf(topic).map((key, lane) => ['XRANGE', key, from(lane), '+', 'COUNT', limit]),
    )
    const shelved = found.flatMap((entries, lane) => shelvedFrom(topic, lane, entries))
    return shelved.sort((a, b) => inTime(placeOf(a.position), placeOf(b.position))).slice(0, limit)
  }

  async find(topic: string, positions: readonly string[]): Promise<ShelvedMessage[]> {
    const lanes = this.#parts.lanesOf(topic)
    const places = positions.map(placeOf)
    const found = await this.#all(places.map(({ id, lane }) => ['XRANGE', lanes[lane] ?? '', id, id]))
    return found.flatMap((entries, at) => shelvedFrom(topic, places[at]?.lane ?? 0, entries))
  }

  async remove(topic: string, positions: readonly string[]): Promise<number> {
    const lanes = this.#parts.lanesOf(topic)
    const removed = await this.#all(positions.map(placeOf).map(({ id, lane }) => ['XDEL', lanes[lane] ?? '', id]))
    return removed.reduce((sum: number, count) => sum + Number(count), 0)
  }

  async #all(commands: readonly RedisCommand[]): Promise<RedisReply[]> {
    const { redis, asBrokerError } = this.#parts
    try {
      return await redis.pipeline(commands, { binary: true })
    } catch (error) {
      throw asBrokerError(error)
    }
  }
}

function shelvedFrom(topic: string, lane: number, entries: RedisReply | undefined): ShelvedMessage[] {
  return ((entries ?? []) as [RedisReply, RedisReply[]][]).map(([id, fields]) => ({
    position: `${replyText(id)}:${lane}`,
    message: messageFrom(topic, fields),
  }))
}

function placeOf(position: string): Place {
  const [, id = '0-0', lane = '0'] = /^(\d{1,20}-\d{1,20}):(\d{1,2})$/.exec(position) ?? []
  return { id, lane: Number(lane) }
}

function inTime(a: Place, b: Place): number {
  const [aMs = 0, aNumber = 0] = a.id.split('-').map(Number)
  const [bMs = 0, bNumber = 0] = b.id.split('-').map(Number)
  return aMs - bMs || aNumber - bNumber || a.lane - b.lane
}
