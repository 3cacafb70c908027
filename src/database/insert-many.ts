/**
 * insertMany: many rows with few statements.
 *
 *   rows ─▶ as many as one statement may hold ─▶ insert … values (…), (…), … ─ more? ─▶ the next; all in one transaction
 */
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { DialectName } from './dialect.ts'
import { asExpression } from './internal/as-expression.ts'

/** Values or expressions of Kysely, by column. */
export type RowValues = Readonly<Record<string, unknown>>

/** A database, whatever it says its tables are. */
export interface WritableDatabase {
  readonly dialect: DialectName
  readonly query: QueryExecutorProvider
  transaction<T>(work: () => Promise<T>): Promise<T>
}

/** Parameters that one statement may have; MySQL's are written into its text, whose length the server limits. */
const mostParameters: Readonly<Record<DialectName, number>> = { sqlite: 32_766, postgres: 65_535, mysql: 65_535 }
const mostRows = 1_000

/**
 * All rows or none: more than one statement needs are one transaction. Gives how many there were.
 *
 * @throws ServiceError `BAD_ROWS` if they do not have the same columns, and what an insert throws.
 */
export async function insertMany(db: WritableDatabase, table: string, rows: readonly RowValues[]): Promise<number> {
  return await writeRows(db, { table, rows, statement: (values) => sql`insert into ${values}` })
}

export interface RowsToWrite {
  readonly table: string
  readonly rows: readonly RowValues[]
  /** Around `table (columns) values (…), (…)`. */
  readonly statement: (values: RawBuilder<unknown>, columns: readonly string[]) => RawBuilder<unknown>
}

/** What `insertMany` and `upsert` share. */
export async function writeRows(db: WritableDatabase, { table, rows, statement }: RowsToWrite): Promise<number> {
  const columns = columnsOf(rows)
  const most = Math.max(1, Math.min(mostRows, Math.floor(mostParameters[db.dialect] / Math.max(1, columns.length))))
  const head = sql`${sql.table(table)} (${sql.join(columns.map((name) => sql.ref(name)))})`
  const write = async (from: number): Promise<void> => {
    const lines = rows.slice(from, from + most).map((row) => valuesOf(row, columns))
    await statement(sql`${head} values ${sql.join(lines)}`, columns).execute(db.query)
  }
  if (rows.length === 0) return 0
  if (rows.length <= most) await write(0)
  else
    await db.transaction(async () => {
      for (let from = 0; from < rows.length; from += most) await write(from)
    })
  return rows.length
}

function valuesOf(row: RowValues, columns: readonly string[]): RawBuilder<unknown> {
  return sql`(${sql.join(columns.map((name) => asExpression(row[name])))})`
}

function columnsOf([first, ...others]: readonly RowValues[]): string[] {
  const columns = Object.keys(first ?? {})
  for (const [index, row] of others.entries()) {
    if (Object.keys(row).length === columns.length && columns.every((name) => name in row)) continue
    throw new ServiceError(
      'BAD_ROWS',
      `Row ${index + 2} of ${others.length + 1} does not have the columns of the first one (${columns.join(', ')}). Rows that are written together have the same columns: write null where one has no value.`,
    )
  }
  return columns
}
