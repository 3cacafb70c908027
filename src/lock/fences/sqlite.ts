/** What is written to the embedded database: call it inside the transaction that writes. */
import type { SqlDatabase } from '../../platform/sql.ts'
import type { FenceClaim } from '../fence.ts'
import { badLock, staleToken } from '../lock-errors.ts'

/**
 * Makes its table, `genever_fences`, if need be.
 *
 * @throws ServiceError `STALE_TOKEN`, which takes the transaction back; `BAD_LOCK` outside of one.
 */
export function fenceSqlite(database: SqlDatabase, { resource, token }: FenceClaim): void {
  if (!database.inTransaction) throw badLock('A fence stands inside of the transaction that writes; there is none')
  database.exec(
    'CREATE TABLE IF NOT EXISTS genever_fences (resource TEXT PRIMARY KEY, token INTEGER NOT NULL) WITHOUT ROWID',
  )
  const { changes } = database
    .prepare(`INSERT INTO genever_fences VALUES (?1, ?2)
      ON CONFLICT DO UPDATE SET token = ?2 WHERE token <= ?2`)
    .run([resource, token])
  if (changes === 0) throw staleToken(resource, token)
}
