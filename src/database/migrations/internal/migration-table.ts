/**
 * MigrationTable: what was applied to a database, kept in it.
 *
 *   (no row) ─ begin ─▶ applying: begun = done = 0 ─ a statement ─▶ begun 1 ─▶ done 1 … ─▶ applied ─ revert ─▶ reverting … ─▶ (no row)
 *
 * Where a transaction holds all of it, only `applied` is ever seen. Elsewhere `begun` beyond `done` says that nobody knows
 * whether the last statement took effect.
 */
import { sql } from 'kysely'
import type { Clock } from '../../../foundation/clock/clock.ts'
import { systemClock } from '../../../foundation/clock/system-clock.ts'
import type { Database } from '../../database.ts'
import { migrationLockName, withMigrationLock } from '../../internal/migration-lock.ts'

export const tableName: string = migrationLockName

export interface MigrationRow {
  readonly name: string
  readonly state: 'applying' | 'applied' | 'reverting'
  /** Of the source; while it is under way, of the statements that are done. */
  readonly checksum: string
  readonly begun: number
  readonly done: number
  readonly appliedMs: number
}

export class MigrationTable {
  readonly #db: Database
  readonly #clock: Clock

  constructor(db: Database, clock: Clock = systemClock) {
    this.#db = db
    this.#clock = clock
  }

  /** Reads without making the table. */
  async rows(): Promise<MigrationRow[]> {
    const tables = await this.#db.query.introspection.getTables()
    if (!tables.some(({ name }) => name === tableName)) return []
    const { rows } = await sql<Record<string, unknown>>`select * from ${sql.table(tableName)} order by name`.execute(
      this.#db.query,
    )
    return rows.map(rowFrom)
  }

  async row(name: string): Promise<MigrationRow | undefined> {
    const { rows } = await sql<
      Record<string, unknown>
    >`select * from ${sql.table(tableName)} where name = ${name}`.execute(this.#db.query)
    return rows.map(rowFrom)[0]
  }

  async put({ name, state, checksum, begun, done }: Omit<MigrationRow, 'appliedMs'>): Promise<void> {
    const at = this.#clock.now()
    const changed =
      await sql`update ${sql.table(tableName)} set state = ${state}, checksum = ${checksum}, begun = ${begun},
      done = ${done}, applied_ms = ${at} where name = ${name}`.execute(this.#db.query)
    if ((changed.numAffectedRows ?? 0n) > 0n) return
    await sql`insert into ${sql.table(tableName)} (name, state, checksum, begun, done, applied_ms)
      values (${name}, ${state}, ${checksum}, ${begun}, ${done}, ${at})`.execute(this.#db.query)
  }

  async remove(name: string): Promise<void> {
    await sql`delete from ${sql.table(tableName)} where name = ${name}`.execute(this.#db.query)
  }

  /**
   * Runs `work` on one connection and alone: no other runner is in here meanwhile. It is a transaction, as far as the database can.
   *
   * @throws ServiceError `MIGRATION_LOCKED`
   */
  async alone<T>(lockTimeoutMs: number, work: () => Promise<T>): Promise<T> {
    return await withMigrationLock(this.#db, { timeoutMs: lockTimeoutMs, clock: this.#clock }, async () => {
      await this.#create()
      return await work()
    })
  }

  /** Under the lock: PostgreSQL refuses one of two that create it at once, `if not exists` or not. */
  async #create(): Promise<void> {
    await sql`create table if not exists ${sql.table(tableName)} (name varchar(150) not null primary key, state varchar(12) not null,
      checksum varchar(64) not null, begun integer not null, done integer not null, applied_ms bigint not null)`.execute(
      this.#db.query,
    )
  }
}

function rowFrom(row: Record<string, unknown>): MigrationRow {
  return {
    name: String(row.name),
    state: row.state as MigrationRow['state'],
    checksum: String(row.checksum),
    begun: Number(row.begun),
    done: Number(row.done),
    appliedMs: Number(row.applied_ms),
  }
}
