/** Rows of the schedule. */
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
export type AnyDatabase = Pick<Database, 'dialect' | 'transaction' | 'inTransaction' | 'needs' | 'makeTables'>

export function asSchedule(database: AnyDatabase): ScheduleDatabase {
  return database as unknown as ScheduleDatabase
}
