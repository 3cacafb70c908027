/** Tables of outbox and inbox, on each database. Made by `createOutboxTables`, or by a migration of the user's own. */
import { sql } from 'kysely'
import type { Database } from '../../database/database.ts'
import type { DialectName } from '../../database/dialect.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import { laneCount } from '../../messaging/lane-of.ts'

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

const columnTypes: Readonly<
  Record<DialectName, { id: string; text: string; body: string; number: string; position: string }>
> = {
  sqlite: {
    id: 'varchar(200)',
    text: 'text',
    body: 'blob',
    number: 'bigint',
    position: 'integer primary key autoincrement',
  },
  postgres: { id: 'varchar(200)', text: 'text', body: 'bytea', number: 'bigint', position: 'bigserial primary key' },
  mysql: {
    id: 'varchar(200)',
    text: 'longtext',
    body: 'longblob',
    number: 'bigint',
    position: 'bigint auto_increment primary key',
  },
}

/** Makes what is not there; safe to call by many at once. */
export async function createOutboxTables(database: AnyDatabase): Promise<void> {
  const db = asOutbox(database)
  const { id, text, body, number, position } = columnTypes[db.dialect]
  const statements = [
    `create table if not exists genever_outbox (position ${position}, lane integer not null, id ${id} not null, topic ${id} not null,
      message_key ${id}, headers ${text} not null, body ${body} not null, due_ms ${number} not null, attempts integer not null default 0, failed_code ${id})`,
    'create table if not exists genever_outbox_lane (lane integer primary key, ' +
      `owner ${id}, epoch ${number} not null default 0, lease_until_ms ${number} not null default 0)`,
    `create table if not exists genever_outbox_relay (relay ${id} primary key, seen_until_ms ${number} not null)`,
    `create table if not exists genever_inbox (group_name ${id} not null, message_id ${id} not null, handled_ms ${number} not null, primary key (group_name, message_id))`,
    ...indexes(),
  ]
  for (const statement of statements) await sql.raw(statement).execute(db.query)
  for (let lane = 0; lane < laneCount; lane++) await insertIgnoring(db, 'genever_outbox_lane', { lane })
}

function indexes(): string[] {
  const wanted = [
    ['genever_outbox_lane_order', 'genever_outbox (lane, position)'],
    ['genever_inbox_age', 'genever_inbox (handled_ms)'],
  ]
  return wanted.map(([name, on]) => `create index if not exists ${name} on ${on}`)
}

/** Whatever the user's tables are. */
export type AnyDatabase = Pick<Database, 'dialect' | 'transaction' | 'onCommit' | 'inTransaction'>

export type OutboxDatabase = Database<OutboxTables>

/** A database knows the user's tables; ours stand beside them. */
export function asOutbox(database: AnyDatabase): OutboxDatabase {
  return database as unknown as OutboxDatabase
}
