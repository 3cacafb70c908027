/** insertIgnoring: a row, if there is none with its key. Not an error where there is, since that would end a transaction of PostgreSQL. */
import { type QueryExecutorProvider, sql } from 'kysely'
import type { DialectName } from './dialect.ts'
import { asExpression } from './internal/as-expression.ts'

/**
 * True if the row was not there. One that another transaction inserts at the same time is waited for.
 *
 * `values` are values or expressions, by column.
 */
export async function insertIgnoring(
  db: { readonly dialect: DialectName; readonly query: QueryExecutorProvider },
  table: string,
  values: Readonly<Record<string, unknown>>,
): Promise<boolean> {
  const columns = sql.join(Object.keys(values).map((name) => sql.ref(name)))
  const row = sql.join(Object.values(values).map(asExpression))
  const isMysql = db.dialect === 'mysql'
  const head = isMysql ? sql`insert ignore into` : sql`insert into`
  const tail = isMysql ? sql`` : sql` on conflict do nothing`
  const statement = sql`${head} ${sql.table(table)} (${columns}) values (${row})${tail}`
  const { numAffectedRows = 0n } = await statement.execute(db.query)
  return numAffectedRows > 0n
}
