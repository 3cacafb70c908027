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
import type { BatchLayer } from '../messaging/batcher.ts'
import type { MessageContext, MessageLayer } from '../messaging/consumer.ts'
import { type AnyDatabase, asOutbox, type OutboxDatabase } from './internal/tables.ts'
import { inboxTables } from './outbox-tables.ts'

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
    database.needs(inboxTables)
    this.#retentionMs = retentionMs
  }

  /** For `createMessaging({ layers: [inbox.layer] })`: the handler runs in the transaction that remembers the id. */
  readonly layer: MessageLayer = Object.assign(
    ({ group, message }: MessageContext, next: () => Promise<void>) => this.once(group, message.id, next),
    { batch: ((messages, next) => this.#batch(messages, next)) satisfies BatchLayer },
  )

  /** Runs `work` in a transaction unless this id has been handled by this group. */
  async once(group: string, id: MessageContext['message']['id'], work: () => Promise<void>): Promise<void> {
    await this.#db.transaction(async () => {
      const isNew = await this.#remember(group, id)
      if (isNew) await work()
    })
  }

  /** One transaction for all of them: those that are known are left out, and those that were not handled are not remembered. */
  async #batch(...[messages, next]: Parameters<BatchLayer>): ReturnType<BatchLayer> {
    return this.#db.transaction(async () => {
      const isNew: MessageContext[] = []
      for (const facts of messages) if (await this.#remember(facts.group, facts.message.id)) isNew.push(facts)
      if (isNew.length === 0) return []
      const failed = await next(isNew)
      for (const { group, message } of failed) {
        await this.#db.query
          .deleteFrom('genever_inbox')
          .where('group_name', '=', group)
          .where('message_id', '=', message.id)
          .execute()
      }
      return failed
    })
  }

  #remember(group: string, id: string): Promise<boolean> {
    const handled_ms = databaseNow(this.#db.dialect)
    return insertIgnoring(this.#db, 'genever_inbox', { group_name: group, message_id: id, handled_ms })
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
