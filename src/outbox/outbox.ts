/**
 * Outbox: an event becomes true together with the change that it tells of.
 *
 *   transaction { rows + append } ─▶ commit ─▶ relay ─▶ broker ─▶ removed
 *        └─ taken back: no event                └─ killed before the removal: published again, with the same id
 *
 * Nothing is lost, and what is published twice an inbox makes happen once.
 */
import { sql } from 'kysely'
import { databaseNow } from '../database/database-now.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { EventDefinition } from '../messaging/event.ts'
import { laneOf } from '../messaging/lane-of.ts'
import type { Message } from '../messaging/message.ts'
import type { Messaging, PublishOptions } from '../messaging/messaging.ts'
import type { InputOf, Schema } from '../schema/schema.ts'
import { type AnyDatabase, asOutbox, type OutboxDatabase, outboxChannel } from './internal/tables.ts'
import { outboxTables } from './outbox-tables.ts'

export interface OutboxParts {
  readonly database: AnyDatabase
  readonly messaging: Messaging
}

export class Outbox {
  readonly #db: OutboxDatabase
  readonly #messaging: Messaging
  readonly #listeners = new Set<() => void>()
  /** Whose notifications these are: a relay beside it knows of its own appends already. */
  readonly #id: string = crypto.randomUUID()
  #notice: 'none' | 'under way' | 'wanted' = 'none'

  constructor({ database, messaging }: OutboxParts) {
    this.#db = asOutbox(database)
    database.needs(outboxTables)
    this.#messaging = messaging
  }

  /**
   * Appends the event to the transaction that runs; it is published after the commit. Resolves with the event's id.
   *
   * @throws ServiceError `OUTBOX_WITHOUT_TRANSACTION`, `BAD_EVENT_DATA`.
   */
  async publish<S extends Schema>(
    event: EventDefinition<S>,
    data: InputOf<S>,
    options: PublishOptions = {},
  ): Promise<string> {
    const message = await this.#messaging.messageOf(event, data, options)
    await this.append([message])
    return message.id
  }

  /** Messages as they are. @throws ServiceError `OUTBOX_WITHOUT_TRANSACTION` */
  async append(messages: readonly Message[]): Promise<void> {
    if (messages.length === 0) return
    if (!this.#db.inTransaction) throw withoutTransaction()
    const now = databaseNow(this.#db.dialect)
    const rows = messages.map(({ id, topic, key, headers, body, delayMs = 0 }) => ({
      id,
      topic,
      lane: laneOf(key ?? id),
      message_key: key ?? null,
      headers: JSON.stringify(headers),
      body,
      due_ms: delayMs > 0 ? sql<number>`${now} + ${sql.lit(Math.trunc(delayMs))}` : 0,
      attempts: 0,
      failed_code: null,
    }))
    // The position is the database's to give.
    await this.#db.query
      .insertInto('genever_outbox')
      .values(rows as never)
      .execute()
    this.#db.onCommit(() => {
      for (const listener of this.#listeners) listener()
      this.#tellOthers()
    })
  }

  get id(): string {
    return this.#id
  }

  /**
   * Wakes the relays of other processes, where the database can. Behind the commit and one at a time: PostgreSQL commits transactions
   * that notify one after the other. What is lost by a crash between the two a relay's poll finds.
   */
  #tellOthers(): void {
    if (!this.#db.canListen) return
    if (this.#notice !== 'none') {
      this.#notice = 'wanted'
      return
    }
    this.#notice = 'under way'
    // Not in the context of whoever committed: it may be over by now.
    void new Context()
      .run(() => sql`select pg_notify(${outboxChannel}, ${this.#id})`.execute(this.#db.query))
      .catch(() => undefined)
      .then(() => {
        const isWanted = this.#notice === 'wanted'
        this.#notice = 'none'
        if (isWanted) this.#tellOthers()
      })
  }

  /** Calls `listener` after each commit of this process that appended something; returns its own unsubscribe. */
  onAppended(listener: () => void): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }
}

function withoutTransaction(): ServiceError {
  return new ServiceError(
    'OUTBOX_WITHOUT_TRANSACTION',
    'An event was given to the outbox outside of a transaction: it belongs to a change of the database. Call it inside of database.transaction(), or publish the event directly.',
  )
}
