/**
 * softDelete: a row that counts as deleted, and can be brought back.
 *
 *   there ─ softDelete ─▶ `deleted_at` has a moment ─ restoreDeleted ─▶ there
 */
import { type QueryExecutorProvider, sql } from 'kysely'

export interface SoftDelete {
  /** Columns that name the row, with their values. */
  readonly key: Readonly<Record<string, unknown>>
  /** Holds the moment of the deletion, null for rows that are there; default `deleted_at`. */
  readonly column?: string
  /** Default now. */
  readonly at?: Date
}

/** False if there is no such row, or if it is deleted already: the first moment stays. */
export async function softDelete(
  db: { readonly query: QueryExecutorProvider },
  table: string,
  { key, column = 'deleted_at', at = new Date() }: SoftDelete,
): Promise<boolean> {
  return await mark(db, table, { key, column, to: at })
}

/** False if there is no such row, or if it is not deleted. */
export async function restoreDeleted(
  db: { readonly query: QueryExecutorProvider },
  table: string,
  { key, column = 'deleted_at' }: Omit<SoftDelete, 'at'>,
): Promise<boolean> {
  return await mark(db, table, { key, column, to: null })
}

async function mark(
  db: { readonly query: QueryExecutorProvider },
  table: string,
  { key, column, to }: Pick<SoftDelete, 'key'> & { readonly column: string; readonly to: Date | null },
): Promise<boolean> {
  const named = Object.entries(key).map(([name, value]) => sql`${sql.ref(name)} = ${value}`)
  const isThere = sql`${sql.ref(column)} is ${to === null ? sql`not null` : sql`null`}`
  const where = sql.join([...named, isThere], sql` and `)
  const statement = sql`update ${sql.table(table)} set ${sql.ref(column)} = ${to} where ${where}`
  const { numAffectedRows = 0n } = await statement.execute(db.query)
  return numAffectedRows > 0n
}
