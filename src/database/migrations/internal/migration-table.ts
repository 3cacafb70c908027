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
import { currentContext } from '../../../foundation/context/context.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Database } from '../../database.ts'

export const tableName = 'genever_migration'

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
    return await this.#db.transaction(
      async () => {
        await this.#lock(lockTimeoutMs)
        try {
          await this.#create()
          return await work()
        } finally {
          // MySQL's belongs to the session, which goes back to the pool.
          if (this.#db.dialect === 'mysql') await sql`select release_lock(${mysqlLock})`.execute(this.#db.query)
        }
      },
      { attempts: 1 },
    )
  }

  /** SQLite's transactions write alone as it is. */
  async #lock(timeoutMs: number): Promise<void> {
    const { dialect, query } = this.#db
    if (dialect === 'sqlite') return
    const ask =
      dialect === 'postgres'
        ? sql<{ got: unknown }>`select pg_try_advisory_xact_lock(hashtext(${tableName})) as got`
        : sql<{ got: unknown }>`select get_lock(${mysqlLock}, 0) as got`
    const giveUpMs = this.#clock.monotonic() + timeoutMs
    for (;;) {
      const { rows } = await ask.execute(query)
      if (Number(rows[0]?.got) === 1) return
      if (this.#clock.monotonic() >= giveUpMs) throw locked(timeoutMs)
      await this.#clock.sleep(100, currentContext()?.signal)
    }
  }

  /** Under the lock: PostgreSQL refuses one of two that create it at once, `if not exists` or not. */
  async #create(): Promise<void> {
    await sql`create table if not exists ${sql.table(tableName)} (name varchar(150) not null primary key, state varchar(12) not null,
      checksum varchar(64) not null, begun integer not null, done integer not null, applied_ms bigint not null)`.execute(
      this.#db.query,
    )
  }
}

const mysqlLock = sql`concat(database(), ${sql.lit(`.${tableName}`)})`

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

function locked(timeoutMs: number): ServiceError {
  return new ServiceError(
    'MIGRATION_LOCKED',
    `Another runner migrates this database and did not end within ${timeoutMs} ms. Wait for it, or raise \`lockTimeoutMs\`.`,
    { status: 503, retryable: true },
  )
}
