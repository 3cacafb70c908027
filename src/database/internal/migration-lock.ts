/** migrationLock: one runner at a time changes the schema of a database; the others wait. */
import { sql } from 'kysely'
import type { Clock } from '../../foundation/clock/clock.ts'
import { currentContext } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Database } from '../database.ts'

/** Its name at the server; it is also the table's in which migrations are noted. */
export const migrationLockName = 'genever_migration'

export interface MigrationLockOptions {
  readonly timeoutMs: number
  readonly clock: Clock
}

/**
 * Runs `work` on one connection and alone: no other runner is in here meanwhile. It is a transaction, as far as the database can.
 *
 * @throws ServiceError `MIGRATION_LOCKED`
 */
export async function withMigrationLock<T>(
  db: Pick<Database, 'dialect' | 'query' | 'transaction'>,
  options: MigrationLockOptions,
  work: () => Promise<T>,
): Promise<T> {
  return await db.transaction(
    async () => {
      await lock(db, options)
      try {
        return await work()
      } finally {
        // MySQL's belongs to the session, which goes back to the pool.
        if (db.dialect === 'mysql') await sql`select release_lock(${mysqlLock})`.execute(db.query)
      }
    },
    { attempts: 1 },
  )
}

/** SQLite's transactions write alone as it is. */
async function lock(
  { dialect, query }: Pick<Database, 'dialect' | 'query'>,
  { timeoutMs, clock }: MigrationLockOptions,
): Promise<void> {
  if (dialect === 'sqlite') return
  const ask =
    dialect === 'postgres'
      ? sql<{ got: unknown }>`select pg_try_advisory_xact_lock(hashtext(${migrationLockName})) as got`
      : sql<{ got: unknown }>`select get_lock(${mysqlLock}, 0) as got`
  const giveUpMs = clock.monotonic() + timeoutMs
  for (;;) {
    const { rows } = await ask.execute(query)
    if (Number(rows[0]?.got) === 1) return
    if (clock.monotonic() >= giveUpMs) throw locked(timeoutMs)
    await clock.sleep(100, currentContext()?.signal)
  }
}

const mysqlLock = sql`concat(database(), ${sql.lit(`.${migrationLockName}`)})`

function locked(timeoutMs: number): ServiceError {
  return new ServiceError(
    'MIGRATION_LOCKED',
    `Another runner migrates this database and did not end within ${timeoutMs} ms. Wait for it, or raise \`lockTimeoutMs\`.`,
    { status: 503, retryable: true },
  )
}
