/**
 * `genever migrate`: the schema of a database, forth and back.
 *
 *   up │ down │ status │ resolve │ draft ─▶ DATABASE_URL, folder of migrations ─▶ what was done, one name a line
 */
import type { Command } from 'commander'
import { createDatabase } from '../../database/create-database.ts'
import type { Database } from '../../database/database.ts'
import {
  type MigrationPlan,
  migrate,
  migrationStatus,
  resolveMigration,
  revertMigrations,
} from '../../database/migrations/migrate.ts'
import { madeParts, makeTables, missingTables, printTables } from '../../database/part-tables.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { processEnvironment } from '../../platform/environment.ts'
import { pathExists } from '../../platform/folders.ts'
import { EndedWith } from '../ended-with.ts'
import { exitCode } from '../exit-code.ts'
import { draft } from '../internal/draft.ts'
import { knownParts, partTables } from '../internal/part-tables.ts'
import { columns } from './routes.ts'

interface DatabaseWords {
  readonly url?: string
  readonly folder: string
  readonly parts?: string
}

interface RunWords extends DatabaseWords {
  readonly to?: string
  readonly dryRun: boolean
  readonly outOfOrder?: boolean
}

/** A statement of a migration takes the time that it takes: an index over a large table is built for hours. */
const statementTimeoutMs = 24 * 3_600_000

const help = `
Migrations are files: 0001-accounts.up.sql with 0001-accounts.down.sql beside it, or 0002-owners.ts that exports
up(database) and down(database). Each is applied once, whoever runs this at the same time. Where the database can
(PostgreSQL, SQLite) a migration happens whole or not at all.

The tables of Genever's own parts (outbox, inbox, idempotency, saga, fence, reservation, two-phase, schedule) are made by the
service when it starts. Where its user may not, --parts makes them here; every later up keeps them up to date.

Examples:
  $ genever migrate status --url sqlite:orders.db
  $ DATABASE_URL=postgres://… genever migrate up
  $ genever migrate up --dry-run            the statements that would run
  $ genever migrate up --to 0003
  $ genever migrate up --parts outbox,inbox,saga
  $ genever migrate down                    takes back the youngest
  $ genever migrate resolve 0004-owners --done   after MIGRATION_INTERRUPTED
  $ genever migrate draft add-notes --models src/models.ts   what the models say and the database lacks, as a file to review
  $ genever migrate draft --check --models src/models.ts     ends with 1 if there is something`

export function configure(command: Command): void {
  command.addHelpText('after', help)
  addRunOptions(command.command('up').description('apply what is pending'))
    .option('--out-of-order', 'also one whose number is below an applied one', false)
    .option('--parts <names>', "make the tables of Genever's own parts, such as outbox,inbox")
    .action(up)
  addRunOptions(command.command('down').description('take back the youngest, or all behind --to')).action(
    (words: RunWords) => run(words, revertMigrations),
  )
  addDatabaseOptions(command.command('status').description('what is applied; ends with 1 if something is not'))
    .option('--json', 'for programs', false)
    .action(status)
  addDatabaseOptions(command.command('resolve').description('say whether the statement in doubt took effect'))
    .argument('<name>', 'of the migration')
    .option('--done', 'it did')
    .option('--undone', 'it did not')
    .action(resolve)
  addDatabaseOptions(
    command.command('draft').description('write a migration that brings the database to what models say'),
  )
    .argument('[name]', 'of the migration', 'draft')
    .requiredOption('--models <files...>', 'modules that export models')
    .option('--check', 'write nothing, and end with 1 if there is something to write', false)
    .action((name: string, words: DatabaseWords & { readonly models: readonly string[]; readonly check: boolean }) =>
      withDatabase(words, (database) => draft(database, { ...words, name })),
    )
}

function addDatabaseOptions(command: Command): Command {
  return command
    .option('--url <url>', 'address of the database; default the variable DATABASE_URL')
    .option('--folder <folder>', 'where the migrations are', 'migrations')
}

function addRunOptions(command: Command): Command {
  return addDatabaseOptions(command)
    .option('--to <name>', 'the last one to stay applied, by name or number')
    .option('--dry-run', 'print the statements and run none', false)
}

async function up(words: RunWords): Promise<void> {
  const names = words.parts?.split(',') ?? []
  const wanted = partTables(names)
  await withDatabase(words, async (database) => {
    const isFolderWanted = names.length === 0 || (await pathExists(words.folder))
    const known = knownParts((await madeParts(database)).map(({ part }) => part))
    const sets = [...new Set([...known, ...wanted])]
    const made = words.dryRun ? await missingTables(database, sets) : await makeTables(database, sets)
    if (words.dryRun) for (const line of printTables(made)) console.log(line)
    else for (const { part, version } of made) console.log(`${part} ${version}`)
    const plans = isFolderWanted ? await migrate(database, words) : []
    if (plans.length + made.length === 0) console.error('Nothing to do.')
    for (const plan of plans) tell(plan, words.dryRun)
  })
}

async function run(words: RunWords, work: typeof migrate): Promise<void> {
  const plans = await withDatabase(words, (database) => work(database, words))
  if (plans.length === 0) console.error('Nothing to do.')
  for (const plan of plans) tell(plan, words.dryRun)
}

function tell({ name, statements }: MigrationPlan, isDryRun: boolean): void {
  console.log(isDryRun ? `-- ${name}` : name)
  if (!isDryRun) return
  if (statements.length === 0) console.log('-- code')
  for (const statement of statements) console.log(`${statement};`)
}

async function status(words: DatabaseWords & { readonly json: boolean }): Promise<void> {
  const found = await withDatabase(words, (database) => migrationStatus(database, words))
  if (words.json) console.log(JSON.stringify(found))
  else
    for (const line of columns(
      found.map(({ name, state, appliedAt }) => [name, state, appliedAt?.toISOString() ?? '']),
    ))
      console.log(line)
  if (found.some(({ state }) => state !== 'applied')) throw new EndedWith(exitCode.failed)
}

async function resolve(
  name: string,
  words: DatabaseWords & { readonly done?: boolean; readonly undone?: boolean },
): Promise<void> {
  if ((words.done === true) === (words.undone === true)) {
    throw new ServiceError(
      'BAD_MIGRATION',
      'Say either --done or --undone: whether the statement in doubt took effect.',
    )
  }
  await withDatabase(words, (database) => resolveMigration(database, { name, tookEffect: words.done === true }))
}

async function withDatabase<T>({ url }: DatabaseWords, work: (database: Database) => Promise<T>): Promise<T> {
  const address = url ?? processEnvironment.DATABASE_URL
  if (address === undefined || address === '') {
    throw new ServiceError('BAD_DATABASE_URL', 'Which database? Give --url sqlite:FILE, or set DATABASE_URL.')
  }
  const database = createDatabase({ url: address, statementTimeoutMs })
  try {
    return await work(database)
  } finally {
    await database.stop()
  }
}
