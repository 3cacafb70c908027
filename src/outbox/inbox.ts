/**
 * Inbox: a message has its effect on the database once, however often it is delivered.
 *
 *   delivery ─▶ transaction { its id is new here? ─▶ handler ─▶ commit } ─▶ ack
 *                               └─ known: nothing, ─▶ ack
 *
 * What the handler does outside of the database happens at least once: it is not taken back, and not remembered.
 */
import { sql } from 'kysely'
import { databaseNow } from '../database/database-now.ts'
import { insertIgnoring } from '../database/insert-ignoring.ts'
import type { MessageContext, MessageLayer } from '../messaging/consumer.ts'
import { type AnyDatabase, asOutbox, type OutboxDatabase } from './internal/tables.ts'

export interface InboxOptions {
  readonly database: AnyDatabase
  /**
   * How long an id is remembered, in milliseconds; default 30 days. Longer than a message may be delivered again, lie among the
   * dead letters, or be replayed: a replay keeps the id.
   */
  readonly retentionMs?: number
}

export class Inbox {
  readonly #db: OutboxDatabase
  readonly #retentionMs: number

  constructor({ database, retentionMs = 30 * 86_400_000 }: InboxOptions) {
    this.#db = asOutbox(database)
    this.#retentionMs = retentionMs
  }

  /** For `createMessaging({ layers: [inbox.layer] })`: the handler runs in the transaction that remembers the id. */
  readonly layer: MessageLayer = ({ group, message }, next) => this.once(group, message.id, next)

  /** Runs `work` in a transaction unless this id has been handled by this group. */
  async once(group: string, id: MessageContext['message']['id'], work: () => Promise<void>): Promise<void> {
    await this.#db.transaction(async () => {
      const now = databaseNow(this.#db.dialect)
      const isNew = await insertIgnoring(this.#db, 'genever_inbox', {
        group_name: group,
        message_id: id,
        handled_ms: now as never,
      })
      if (isNew) await work()
    })
  }

  /** Forgets what is older than the retention; gives how many. Call it once in a while: `schedule` or a relay does. */
  async trim(): Promise<number> {
    const { numDeletedRows } = await this.#db.query
      .deleteFrom('genever_inbox')
      .where('handled_ms', '<', sql<number>`${databaseNow(this.#db.dialect)} - ${sql.lit(this.#retentionMs)}`)
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }
}
