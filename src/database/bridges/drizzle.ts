/**
 * drizzleQuery: Drizzle over a database of ours, in its transactions and with its telemetry.
 *
 *   drizzle(drizzleQuery(db)) ─▶ a query of Drizzle ─▶ the context's transaction │ a connection of the pool ─▶ lists ─▶ Drizzle reads them
 *
 * Nothing of Drizzle is imported: it is what `drizzle-orm/pg-proxy`, `mysql-proxy` and `sqlite-proxy` take.
 */
import type { StatementResult } from '../connection.ts'
import type { Database } from '../database.ts'
import { isReadText, useTransaction } from '../internal/routed-driver.ts'

export type DrizzleQuery = (sql: string, parameters: unknown[], method: string) => Promise<DrizzleResult>

export interface DrizzleResult {
  /** As each of its drivers wants them; written by Drizzle as `any[]`. */
  rows: never[]
}

const transactionWord = /^\s*(?:begin|commit|rollback|savepoint|release|start\s+transaction|set\s+transaction)\b/i

/**
 * What Drizzle's proxy drivers call for each query. Use `database.transaction(work)`, not Drizzle's own.
 *
 * @throws ServiceError `USE_DATABASE_TRANSACTION`, and what queries throw.
 */
export function drizzleQuery(database: Pick<Database, 'dialect' | 'run'>): DrizzleQuery {
  return async (sql, parameters, method) => {
    if (transactionWord.test(sql)) throw useTransaction('Drizzle’s own transaction()')
    // PostgreSQL's raw queries are for whoever reads rows by name.
    const asLists = !(method === 'execute' && database.dialect === 'postgres')
    const result = await database.run({ sql, parameters, isRead: isReadText(sql), asLists })
    return { rows: rowsOf(result, method, database.dialect) as never[] }
  }
}

function rowsOf(
  { rows, lists, affectedRows = 0n, insertId = 0n }: StatementResult,
  method: string,
  dialect: string,
): unknown {
  if (dialect === 'mysql' && method === 'execute' && lists === undefined) {
    return [{ insertId: Number(insertId), affectedRows: Number(affectedRows) }]
  }
  const found: unknown[] = lists ?? rows
  // SQLite's driver wants the row itself.
  return method === 'get' ? found[0] : found
}
