/**
 * PartTables: which tables of the framework's parts a database has, by its ledger, and how it gets the others.
 *
 *   ledger (genever_part) ─▶ what is missing ─nothing─▶ no statement that needs rights over the schema
 *                                 └─ something ─▶ lock ─▶ look again ─▶ statements ─▶ ledger ─▶ commit
 */
import { sql } from 'kysely'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError, toServiceError } from '../foundation/errors/service-error.ts'
import type { Database } from './database.ts'
import type { DialectName } from './dialect.ts'
import { withMigrationLock } from './internal/migration-lock.ts'
import type { MissingTables, TableSet } from './table-set.ts'

export type PartDatabase = Pick<Database, 'dialect' | 'query' | 'transaction'>

const lockTimeoutMs = 60_000

const createLedger =
  'create table if not exists genever_part (part varchar(60) not null, version integer not null, primary key (part, version))'

/** Of these sets, what the database does not have, in the order in which it is to be made. */
export async function missingTables(db: PartDatabase, sets: readonly TableSet[]): Promise<MissingTables[]> {
  const made = new Set((await madeParts(db)).map(({ part, version }) => `${part} ${version}`))
  return sets.flatMap(({ part, versions }) =>
    versions.flatMap((statements, index) =>
      made.has(`${part} ${index + 1}`) ? [] : [{ part, version: index + 1, statements: statements(db.dialect) }],
    ),
  )
}

/**
 * Makes what is missing; gives what was made here. Many may call it at once.
 *
 * @throws ServiceError `TABLES_MISSING` if the database refuses, `MIGRATION_LOCKED`, `DATABASE_UNAVAILABLE`.
 */
export async function makeTables(db: PartDatabase, sets: readonly TableSet[]): Promise<MissingTables[]> {
  const missing = await missingTables(db, sets)
  if (missing.length === 0) return []
  try {
    return await withMigrationLock(db, { timeoutMs: lockTimeoutMs, clock: systemClock }, async () => {
      await sql.raw(createLedger).execute(db.query)
      const left = await missingTables(db, sets)
      for (const tables of left) await makeOne(db, tables)
      return left
    })
  } catch (error) {
    const { retryable } = toServiceError(error)
    throw retryable ? error : refused(missing, error)
  }
}

/** As text, for whoever runs them by hand: with the ledger, so that what was made is known. */
export function printTables(missing: readonly MissingTables[]): string[] {
  if (missing.length === 0) return []
  const parts = missing.flatMap((tables) => [
    `-- ${tables.part} ${tables.version}`,
    ...[...tables.statements, noteInLedger(tables)].map((statement) => `${statement};`),
  ])
  return [`${createLedger};`, ...parts]
}

function noteInLedger({ part, version }: MissingTables): string {
  return `insert into genever_part (part, version) values ('${part}', ${version})`
}

/** Those of which some version is in the ledger. */
export async function madeParts(db: PartDatabase): Promise<{ part: string; version: number }[]> {
  const { rows: tables } = await sql`${sql.raw(ledgerThere[db.dialect])}`.execute(db.query)
  if (tables.length === 0) return []
  const { rows } = await sql<{ part: string; version: number }>`select part, version from genever_part`.execute(
    db.query,
  )
  return rows.map(({ part, version }) => ({ part, version: Number(version) }))
}

async function makeOne(db: PartDatabase, tables: MissingTables): Promise<void> {
  for (const statement of tables.statements) await sql.raw(statement).execute(db.query)
  await sql.raw(noteInLedger(tables)).execute(db.query)
}

/** A row if the ledger is there: a statement that fails would stand in the server's log, and end a transaction of PostgreSQL. */
const ledgerThere: Readonly<Record<DialectName, string>> = {
  sqlite: "select 1 as is_there from sqlite_master where type = 'table' and name = 'genever_part'",
  postgres: "select 1 as is_there where to_regclass('genever_part') is not null",
  mysql:
    "select 1 as is_there from information_schema.tables where table_schema = database() and table_name = 'genever_part'",
}

function refused(missing: readonly MissingTables[], cause: unknown): ServiceError {
  const parts = [...new Set(missing.map(({ part }) => part))].join(',')
  return new ServiceError(
    'TABLES_MISSING',
    `The tables of ${parts.replaceAll(',', ', ')} are not in this database, and it refuses to make them. Run as a user that may: genever migrate up --parts ${parts}. With --dry-run it prints the statements.`,
    { cause },
  )
}
