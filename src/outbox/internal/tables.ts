/** Rows of outbox and inbox. */
import type { Database } from '../../database/database.ts'

export interface OutboxRow {
  position: number | bigint
  lane: number
  id: string
  topic: string
  message_key: string | null
  headers: string
  body: Uint8Array
  /** Not to be published before, in milliseconds since 1970 on the database's clock. */
  due_ms: number | bigint
  /** How often publishing was refused; counted only where the broker could be reached. */
  attempts: number
  /** Why it is not tried any more. */
  failed_code: string | null
}

export interface LaneRow {
  lane: number
  owner: string | null
  epoch: number | bigint
  lease_until_ms: number | bigint
}

export interface RelayRow {
  relay: string
  seen_until_ms: number | bigint
}

export interface InboxRow {
  group_name: string
  message_id: string
  handled_ms: number | bigint
}

export interface OutboxTables {
  genever_outbox: OutboxRow
  genever_outbox_lane: LaneRow
  genever_outbox_relay: RelayRow
  genever_inbox: InboxRow
}

/** Where an append is notified. */
export const outboxChannel = 'genever_outbox'

/** Whatever the user's tables are. */
export type AnyDatabase = Pick<Database, 'dialect' | 'transaction' | 'onCommit' | 'inTransaction' | 'needs'>

export type OutboxDatabase = Database<OutboxTables>

/** A database knows the user's tables; ours stand beside them. */
export function asOutbox(database: AnyDatabase): OutboxDatabase {
  return database as unknown as OutboxDatabase
}
