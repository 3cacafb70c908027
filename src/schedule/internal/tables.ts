/** Tables of the schedule, on each database. */
import { sql } from 'kysely'
import type { Database } from '../../database/database.ts'

export interface JobRow {
  job: string
  owner: string | null
  token: number | bigint
  lease_until_ms: number | bigint
  through_ms: number | bigint
}

export interface RunRow {
  job: string
  tick_ms: number | bigint
  token: number | bigint
  attempt: number
  state: string
  runner: string
  started_ms: number | bigint
  ended_ms: number | bigint | null
  error_code: string | null
}

export interface ScheduleTables {
  genever_schedule: JobRow
  genever_schedule_run: RunRow
}

export type ScheduleDatabase = Database<ScheduleTables>

/** Whatever the user's tables are. */
export type AnyDatabase = Pick<Database, 'dialect' | 'transaction' | 'inTransaction'>

export function asSchedule(database: AnyDatabase): ScheduleDatabase {
  return database as unknown as ScheduleDatabase
}

/** Makes what is not there; safe to call by many at once. */
export async function createTables(db: ScheduleDatabase): Promise<void> {
  const statements = [
    `create table if not exists genever_schedule (job varchar(100) primary key, owner varchar(100), token bigint not null,
      lease_until_ms bigint not null, through_ms bigint not null)`,
    `create table if not exists genever_schedule_run (job varchar(100) not null, tick_ms bigint not null, token bigint not null,
      attempt integer not null, state varchar(20) not null, runner varchar(200) not null, started_ms bigint not null, ended_ms bigint,
      error_code varchar(100), primary key (job, tick_ms))`,
  ]
  for (const statement of statements) await createOnce(db, statement)
}

/** Two who make the same table at once: PostgreSQL fails one of them on a catalogue's unique key; the second look finds it made. */
async function createOnce(db: ScheduleDatabase, statement: string): Promise<void> {
  await sql
    .raw(statement)
    .execute(db.query)
    .catch(() => sql.raw(statement).execute(db.query))
}
