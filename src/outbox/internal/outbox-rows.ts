/** OutboxRows: what stands in the outbox, lane by lane. */
import { type RawBuilder, sql } from 'kysely'
import { databaseNow } from '../../database/database-now.ts'
import type { MessageHeaders } from '../../messaging/message.ts'
import type { StoredMessage } from '../relay.ts'
import type { OutboxDatabase } from './tables.ts'

export interface Backlog {
  /** That wait to be published and are due. */
  readonly messages: number
  /** For how long the one that is due longest has been there. */
  readonly oldestMs: number
  /** That the broker refused for good. */
  readonly failed: number
}

export class OutboxRows {
  readonly #db: OutboxDatabase
  readonly #batch: number

  constructor(db: OutboxDatabase, batch: number) {
    this.#db = db
    this.#batch = batch
  }

  isFull(count: number): boolean {
    return count >= this.#batch
  }

  /** The next of a lane, in the order in which they were appended. What is not due yet does not hold up others. */
  async read(lane: number): Promise<StoredMessage[]> {
    const rows = await this.#db.query
      .selectFrom('genever_outbox')
      .select(['position', 'id', 'topic', 'message_key', 'headers', 'body'])
      .where('lane', '=', lane)
      .where('failed_code', 'is', null)
      .where('due_ms', '<=', databaseNow(this.#db.dialect))
      .orderBy('position')
      .limit(this.#batch)
      .execute()
    return rows.map(({ position, id, topic, message_key, headers, body }) => ({
      position: BigInt(position),
      message: { id, topic, key: message_key ?? undefined, headers: JSON.parse(headers) as MessageHeaders, body },
    }))
  }

  /** False if `guard` says that the lane is not ours any more: then nothing was removed. */
  async remove(positions: readonly bigint[], guard: RawBuilder<boolean>): Promise<boolean> {
    if (positions.length === 0) return true
    const { numDeletedRows } = await this.#db.query
      .deleteFrom('genever_outbox')
      .where('position', 'in', [...positions])
      .where(guard)
      .executeTakeFirstOrThrow()
    return numDeletedRows > 0n
  }

  /** Counts a refusal; true if it was the last one. */
  async refuse(position: bigint, code: string, mostAttempts: number): Promise<boolean> {
    const { attempts } = await this.#db.query
      .selectFrom('genever_outbox')
      .select('attempts')
      .where('position', '=', position)
      .executeTakeFirstOrThrow()
    const isLast = attempts + 1 >= mostAttempts
    await this.#db.query
      .updateTable('genever_outbox')
      .set({ attempts: attempts + 1, failed_code: isLast ? code : null })
      .where('position', '=', position)
      .execute()
    return isLast
  }

  /** Those that were refused for good are tried again, from the beginning; gives how many. */
  async retryRefused(): Promise<number> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_outbox')
      .set({ attempts: 0, failed_code: null })
      .where('failed_code', 'is not', null)
      .executeTakeFirstOrThrow()
    return Number(numUpdatedRows)
  }

  /** Why messages were refused for good, the most frequent reason first. */
  async refusals(): Promise<{ topic: string; code: string; messages: number }[]> {
    const rows = await this.#db.query
      .selectFrom('genever_outbox')
      .select(['topic', 'failed_code', ({ fn }) => fn.countAll().as('n')])
      .where('failed_code', 'is not', null)
      .groupBy(['topic', 'failed_code'])
      .execute()
    return rows
      .map(({ topic, failed_code, n }) => ({ topic, code: failed_code ?? '', messages: Number(n) }))
      .sort((a, b) => b.messages - a.messages)
  }

  async backlog(): Promise<Backlog> {
    const now = databaseNow(this.#db.dialect)
    const { rows } = await sql<Record<'waiting' | 'oldest' | 'failed', unknown>>`
      select
        sum(case when failed_code is null and due_ms <= ${now} then 1 else 0 end) as waiting,
        sum(case when failed_code is null then 0 else 1 end) as failed
      from genever_outbox`.execute(this.#db.query)
    const [row] = rows
    return { messages: Number(row?.waiting ?? 0), failed: Number(row?.failed ?? 0), oldestMs: await this.#oldestMs() }
  }

  /** From the message's own time: the row of one that waits for its time has none. */
  async #oldestMs(): Promise<number> {
    const first = await this.#db.query
      .selectFrom('genever_outbox')
      .select('headers')
      .where('failed_code', 'is', null)
      .where('due_ms', '<=', databaseNow(this.#db.dialect))
      .orderBy('position')
      .limit(1)
      .executeTakeFirst()
    if (first === undefined) return 0
    const time = Date.parse((JSON.parse(first.headers) as MessageHeaders)['ce-time'] ?? '')
    return Number.isNaN(time) ? 0 : Math.max(0, Date.now() - time)
  }
}
