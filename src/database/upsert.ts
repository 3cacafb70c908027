/**
 * upsert: rows that are inserted, or changed where there is one with their key.
 *
 *   row ─▶ insert ─ is its key taken? ─no──▶ a new row
 *                        └─────────────yes─▶ the columns of `set` get the new values; `versionColumn` goes up by one
 */
import { type RawBuilder, sql } from 'kysely'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { DialectName } from './dialect.ts'
import { type RowValues, type WritableDatabase, writeRows } from './insert-many.ts'

export interface UpsertOptions {
  /** The columns of the primary key or of a unique index. MySQL looks at all of its unique indexes, whatever is said here. */
  readonly key: readonly string[]
  /** Columns that a row which is there gets anew; default all but the key. Empty: it stays as it is. */
  readonly set?: readonly string[]
  /** An integer that is raised by one where the row was there, for `updateVersioned`. */
  readonly versionColumn?: string
}

/**
 * Gives how many rows were given. No key may stand twice among them: PostgreSQL refuses that.
 *
 * @throws ServiceError `BAD_ROWS` if they do not have the same columns, and what an insert throws.
 */
export async function upsert(
  db: WritableDatabase,
  table: string,
  { rows, ...options }: UpsertOptions & { readonly rows: readonly RowValues[] },
): Promise<number> {
  if (options.key.length === 0) {
    throw new ServiceError('BAD_ROWS', 'key: an upsert needs the columns that tell whether a row is there, got none.')
  }
  const words = wordsOf[db.dialect]
  return await writeRows(db, {
    table,
    rows,
    statement: (values, columns) => words(values, { table, changes: changesOf(table, columns, options), ...options }),
  })
}

interface Change {
  readonly name: string
  /** Without, the value that was to be inserted. */
  readonly to?: RawBuilder<unknown>
}

interface Conflict {
  readonly table: string
  readonly key: readonly string[]
  readonly changes: readonly Change[]
}

type Words = (values: RawBuilder<unknown>, conflict: Conflict) => RawBuilder<unknown>

const standard: Words = (values, { key, changes }) => {
  const target = sql`on conflict (${sql.join(key.map((name) => sql.ref(name)))})`
  if (changes.length === 0) return sql`insert into ${values} ${target} do nothing`
  return sql`insert into ${values} ${target} do update set ${assignments(changes, (name) => sql`excluded.${sql.ref(name)}`)}`
}

const wordsOf: Readonly<Record<DialectName, Words>> = {
  sqlite: standard,
  postgres: standard,
  mysql: (values, { key: [first = ''], changes }) => {
    // `insert ignore` would let other errors pass: a column that is set to itself says the same, and only that.
    const kept: readonly Change[] = changes.length > 0 ? changes : [{ name: first, to: sql.ref(first) }]
    return sql`insert into ${values} on duplicate key update ${assignments(kept, (name) => sql`values(${sql.ref(name)})`)}`
  },
}

function assignments(changes: readonly Change[], inserted: (name: string) => RawBuilder<unknown>): RawBuilder<unknown> {
  return sql.join(changes.map(({ name, to }) => sql`${sql.ref(name)} = ${to ?? inserted(name)}`))
}

function changesOf(table: string, columns: readonly string[], { key, set, versionColumn }: UpsertOptions): Change[] {
  const names = set ?? columns.filter((name) => !key.includes(name))
  const changes: Change[] = names.filter((name) => name !== versionColumn).map((name) => ({ name }))
  if (versionColumn === undefined || changes.length === 0) return changes
  return [...changes, { name: versionColumn, to: sql`${sql.ref(`${table}.${versionColumn}`)} + 1` }]
}
