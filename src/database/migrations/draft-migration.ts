/**
 * draftMigration: the migration that would bring a database to what its models say, for a person to review.
 *
 *   models, database ─ compare ─▶ changes ─▶ SQL: what only adds, as statements; what may lose or break something, as comments
 */
import type { Database } from '../database.ts'
import type { Model } from '../models/model.ts'
import { compareTables, type DraftChange } from './draft/compare-tables.ts'
import { readTables } from './draft/read-tables.ts'
import type { MigratedDatabase } from './migrate.ts'

export type { DraftChange } from './draft/compare-tables.ts'

export interface DraftOptions {
  /** Tables of others are left as they are. */
  readonly models: readonly Model[]
}

export interface MigrationDraft {
  /** Empty if the database is what the models say. */
  readonly changes: readonly DraftChange[]
  /** The text of the file that goes forth, and of the one that takes it back. */
  readonly up: string
  readonly down: string
}

/** Reads the database and writes nothing. It compares with what is applied: apply pending migrations first. */
export async function draftMigration(database: MigratedDatabase, { models }: DraftOptions): Promise<MigrationDraft> {
  // Kysely's types of two sets of tables do not fit each other; the database is the same.
  const tables = await readTables(database as unknown as Database)
  const changes = compareTables({ models, tables, dialect: database.dialect })
  return { changes, up: upText(changes), down: downText(changes) }
}

const head = '-- A draft: read it before you apply it, and change it as you like.'

function upText(changes: readonly DraftChange[]): string {
  const parts = changes.map(({ about, up, reason }) =>
    reason === undefined
      ? [`-- ${about}`, ...up.map((statement) => `${statement};`)].join('\n')
      : [`-- Not done: ${about}`, ...commented([reason, ...up.map((statement) => `${statement};`)])].join('\n'),
  )
  return `${[head, ...parts].join('\n\n')}\n`
}

function downText(changes: readonly DraftChange[]): string {
  const done = changes.filter(({ reason }) => reason === undefined).toReversed()
  const parts = done.map(({ down }) => down.map((statement) => `${statement};`).join('\n'))
  return `${[head, ...parts].join('\n\n')}\n`
}

function commented(lines: readonly string[]): string[] {
  return lines.flatMap((line) => line.split('\n')).map((line) => `--   ${line}`)
}
