/**
 * draft: the migration that is missing between models and a database, as files for a person to review.
 *
 *   models of files, database ─▶ pending migrations? ─yes─▶ an error │ no ─▶ differences ─▶ 0007-name.up.sql, 0007-name.down.sql
 */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Database } from '../../database/database.ts'
import { draftMigration } from '../../database/migrations/draft-migration.ts'
import { migrationStatus } from '../../database/migrations/migrate.ts'
import { isModel, type Model } from '../../database/models/model.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { listFolder, makeFolder, pathExists } from '../../platform/folders.ts'
import { writeTextFile } from '../../platform/text-file.ts'
import { EndedWith } from '../ended-with.ts'
import { exitCode } from '../exit-code.ts'

export interface DraftWords {
  readonly name: string
  readonly models: readonly string[]
  readonly folder: string
  readonly check: boolean
}

export async function draft(database: Database, { name, models, folder, check }: DraftWords): Promise<void> {
  const known = await loadModels(models)
  if (await pathExists(folder)) await refusePending(database, folder)
  const { changes, up, down } = await draftMigration(database, { models: known })
  for (const { about, reason } of changes) console.log(reason === undefined ? about : `${about} (not done: ${reason})`)
  if (changes.length === 0) return console.error(`The database is what its ${known.length} models say.`)
  if (check) throw new EndedWith(exitCode.failed)
  const file = `${await nextNumber(folder)}-${fileName(name)}`
  await makeFolder(folder)
  await writeTextFile(join(folder, `${file}.up.sql`), up)
  await writeTextFile(join(folder, `${file}.down.sql`), down)
  console.error(`Wrote ${join(folder, file)}.up.sql and its way back: read them, then genever migrate up.`)
}

/** What they would do is not in the database yet, and would be drafted again. */
async function refusePending(database: Database, folder: string): Promise<void> {
  const pending = (await migrationStatus(database, { folder })).filter(({ state }) => state === 'pending')
  if (pending.length === 0) return
  throw new ServiceError(
    'MIGRATION_PENDING',
    `${pending.map((each) => each.name).join(', ')}: not applied to this database. A draft is what models say beyond the migrations: apply them first, with genever migrate up.`,
    { status: 409 },
  )
}

/** Exports of the modules that are models, or lists of them; each once. */
async function loadModels(files: readonly string[]): Promise<Model[]> {
  const models = new Map<string, Model>()
  for (const file of files) {
    const exported: Record<string, unknown> = await import(pathToFileURL(resolve(file)).href)
    for (const model of Object.values(exported).flat().filter(isModel)) models.set(model.name, model)
  }
  if (models.size > 0) return [...models.values()]
  throw new ServiceError(
    'BAD_MODEL',
    `${files.join(', ')}: exports no model; export const Account = defineModel('account', { … }).`,
  )
}

async function nextNumber(folder: string): Promise<string> {
  const numbers = (await pathExists(folder))
    ? (await listFolder(folder)).map((file) => /^\d+/.exec(file)?.[0] ?? '')
    : []
  const last = numbers.sort((a, b) => Number(a) - Number(b)).at(-1) ?? ''
  return String(Number(last) + 1).padStart(Math.max(4, last.length), '0')
}

function fileName(name: string): string {
  return name.replace(/[^\w.-]+/g, '-').slice(0, 100)
}
