/**
 * migrate: brings a database's schema to where its migrations say it should be.
 *
 *   folder ─▶ migrations ─ compare with what the database says was applied ─▶ pending ─▶ each: lock ─▶ apply ─▶ note ─▶ commit
 *                                └─ changed, out of order ─▶ an error, before anything is done
 *
 * Where schemas change in transactions (PostgreSQL, SQLite) a migration happens whole or not at all. MySQL commits at each change
 * of a schema: there each statement is noted before and after, and the next run goes on behind the last one that was done.
 */
import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Database } from '../database.ts'
import { type MigrationRow, MigrationTable } from './internal/migration-table.ts'
import { badMigration, checked, readMigrations } from './internal/read-migrations.ts'
import { splitStatements } from './internal/split-statements.ts'
import type { Migration, MigrationChange } from './migration.ts'

/** A database, whatever it says its tables are: migrations are what makes them. */
export type MigratedDatabase = Pick<Database, 'dialect' | 'transaction' | 'makeTables'>

export interface MigrationsOptions {
  /** Holds `0001-name.up.sql`, `0001-name.down.sql` and `0002-name.ts`; default `migrations`. */
  readonly folder?: string
  /** Instead of a folder, for a program that is one file. */
  readonly migrations?: readonly Migration[]
}

export interface MigrateOptions extends MigrationsOptions {
  /** The last one to apply, by name or number; default all. Reverting, the last one that stays; default all but the youngest. */
  readonly to?: string
  /** Says what would be done, and does nothing. */
  readonly dryRun?: boolean
  /** Applies one whose number is below one that was applied already, as branches that were merged bring them; default false. */
  readonly outOfOrder?: boolean
  /** How long to wait for another runner, in milliseconds; default 60,000. */
  readonly lockTimeoutMs?: number
  readonly log?: Logger
}

export interface MigrationPlan {
  readonly name: string
  /** Empty for one that is code. */
  readonly statements: readonly string[]
}

export type MigrationState =
  | 'pending'
  | 'applied'
  /** Applied, and its source is another one now. */
  | 'changed'
  /** Begun on a database that commits in between, and not ended. */
  | 'unfinished'
  /** Applied, and not among the migrations. */
  | 'missing'

export interface MigrationStatus {
  readonly name: string
  readonly state: MigrationState
  readonly appliedAt?: Date
}

/**
 * Applies what is pending and gives what was applied; of a dry run, what would be. Many may run it at once: each migration is applied once.
 * The tables of outbox, sagas and whatever else of the framework was made with this database come with it.
 *
 * @throws ServiceError `BAD_MIGRATION`, `MIGRATION_CHANGED`, `MIGRATION_ORDER`, `MIGRATION_FAILED`, `MIGRATION_INTERRUPTED`, `MIGRATION_LOCKED`.
 */
export async function migrate(database: MigratedDatabase, options: MigrateOptions = {}): Promise<MigrationPlan[]> {
  if (options.dryRun !== true) await database.makeTables()
  const run = await begin(database, options)
  const pending = run.upTo(options.to).filter(({ name }) => run.row(name)?.state !== 'applied')
  run.refuseChanged()
  if (options.outOfOrder !== true) run.refuseOutOfOrder(pending)
  return await run.each(pending, 'up')
}

/** Takes back the youngest migration, or all behind `to`; gives what was taken back. @throws ServiceError as `migrate`, and `MIGRATION_ONE_WAY`. */
export async function revertMigrations(
  database: MigratedDatabase,
  options: MigrateOptions = {},
): Promise<MigrationPlan[]> {
  const run = await begin(database, options)
  run.refuseChanged()
  const applied = run.migrations.filter(({ name }) => run.row(name) !== undefined).reverse()
  const kept = options.to === undefined ? undefined : new Set(run.upTo(options.to).map(({ name }) => name))
  return await run.each(
    kept === undefined ? applied.slice(0, 1) : applied.filter(({ name }) => !kept.has(name)),
    'down',
  )
}

/** What was applied, and what was not, by name. Writes nothing. */
export async function migrationStatus(
  database: MigratedDatabase,
  options: MigrationsOptions = {},
): Promise<MigrationStatus[]> {
  const { migrations, rows } = await begin(database, options)
  const known = new Map(migrations.map((migration) => [migration.name, migration]))
  const names = [...new Set([...known.keys(), ...rows.keys()])].sort()
  return names.map((name) => {
    const row = rows.get(name)
    const state = stateOf(known.get(name), row)
    return { name, state, ...(row !== undefined && { appliedAt: new Date(row.appliedMs) }) }
  })
}

/**
 * Says of a statement whose end nobody noted (`MIGRATION_INTERRUPTED`) whether it took effect, so that the next run goes on.
 *
 * @throws ServiceError `BAD_MIGRATION` if nothing is in doubt about it.
 */
export async function resolveMigration(
  database: MigratedDatabase,
  { name, tookEffect }: { readonly name: string; readonly tookEffect: boolean },
): Promise<void> {
  const table = new MigrationTable(asDatabase(database))
  await table.alone(60_000, async () => {
    const row = await table.row(name)
    if (row === undefined || row.begun === row.done)
      throw badMigration(`Nothing about the migration ${name} is in doubt.`)
    const at = tookEffect ? row.begun : row.done
    // What the statement was is not known here: it is not compared.
    await table.put({ ...row, begun: at, done: at, checksum: tookEffect ? '' : row.checksum })
  })
}

async function begin(given: MigratedDatabase, options: MigrateOptions): Promise<MigrationRun> {
  const database = asDatabase(given)
  const { folder = 'migrations', migrations } = options
  const known = migrations === undefined ? await readMigrations(folder) : checked(migrations)
  const rows = await new MigrationTable(database).rows()
  return new MigrationRun({ database, options, migrations: known, rows: new Map(rows.map((row) => [row.name, row])) })
}

/** Kysely's types of two sets of tables do not fit each other; the database is the same. */
function asDatabase(database: MigratedDatabase): Database {
  return database as unknown as Database
}

interface RunParts {
  readonly database: Database
  readonly options: MigrateOptions
  readonly migrations: readonly Migration[]
  readonly rows: ReadonlyMap<string, MigrationRow>
}

class MigrationRun {
  readonly migrations: readonly Migration[]
  readonly rows: ReadonlyMap<string, MigrationRow>
  readonly #db: Database
  readonly #options: MigrateOptions
  readonly #table: MigrationTable
  readonly #log: Logger

  constructor({ database, options, migrations, rows }: RunParts) {
    this.#db = database
    this.#options = options
    this.migrations = migrations
    this.rows = rows
    this.#table = new MigrationTable(database)
    this.#log = options.log ?? noopLogger
  }

  row(name: string): MigrationRow | undefined {
    return this.rows.get(name)
  }

  /** @throws ServiceError `BAD_MIGRATION` if there is none of that name or number. */
  upTo(to: string | undefined): readonly Migration[] {
    if (to === undefined) return this.migrations
    const index = this.migrations.findIndex(({ name }) => name === to || name.startsWith(`${to}-`))
    if (index === -1 && /^0+$/.test(to)) return []
    if (index === -1) throw badMigration(`There is no migration '${to.slice(0, 60)}'; name one of them, or its number.`)
    return this.migrations.slice(0, index + 1)
  }

  refuseChanged(): void {
    const changed = this.migrations.filter((migration) => stateOf(migration, this.row(migration.name)) === 'changed')
    if (changed.length === 0) return
    throw new ServiceError(
      'MIGRATION_CHANGED',
      `${changed.map(({ name }) => name).join(', ')}: applied to this database, and changed since. Restore what was applied, and make the change in a migration of its own.`,
    )
  }

  refuseOutOfOrder(pending: readonly Migration[]): void {
    const youngest = [...this.rows.values()].filter(({ state }) => state === 'applied').at(-1)?.name ?? ''
    const late = pending.filter(({ name }) => name < youngest)
    if (late.length === 0) return
    throw new ServiceError(
      'MIGRATION_ORDER',
      `${late.map(({ name }) => name).join(', ')}: not applied, but ${youngest}, which comes later, is. Give it the next free number, or allow it by \`outOfOrder\` where the order does not matter.`,
    )
  }

  async each(migrations: readonly Migration[], direction: 'up' | 'down'): Promise<MigrationPlan[]> {
    const plans = migrations.map((migration) => ({
      name: migration.name,
      statements: statementsOf(changeOf(migration, direction), this.#db),
    }))
    if (this.#options.dryRun === true) return plans
    const done: MigrationPlan[] = []
    for (const [index, migration] of migrations.entries()) {
      const plan = plans[index]
      if (plan !== undefined && (await this.#one(migration, direction))) done.push(plan)
    }
    return done
  }

  /** False if another runner has done it meanwhile. */
  async #one(migration: Migration, direction: 'up' | 'down'): Promise<boolean> {
    const { lockTimeoutMs = 60_000 } = this.#options
    const step = new MigrationStep({ db: this.#db, table: this.#table, migration, direction })
    const startedMs = performance.now()
    const isDone =
      migration.transaction === false
        ? (await this.#table.alone(lockTimeoutMs, () => step.claim())) && (await step.run('noted'))
        : await this.#table.alone(lockTimeoutMs, async () => {
            if (!(await step.isDue())) return false
            return await step.run(this.#db.dialect === 'mysql' ? 'noted' : 'whole')
          })
    const tookMs = Math.round(performance.now() - startedMs)
    if (isDone) this.#log.info('migration', { migration: migration.name, direction, tookMs })
    return isDone
  }
}

interface StepParts {
  readonly db: Database
  readonly table: MigrationTable
  readonly migration: Migration
  readonly direction: 'up' | 'down'
}

/** One migration in one direction. */
class MigrationStep {
  readonly #db: Database
  readonly #table: MigrationTable
  readonly #migration: Migration
  readonly #direction: 'up' | 'down'
  readonly #change: MigrationChange
  /** Statements, or undefined once for code. */
  readonly #pieces: readonly (string | undefined)[]
  #from = 0

  constructor({ db, table, migration, direction }: StepParts) {
    this.#db = db
    this.#table = table
    this.#migration = migration
    this.#direction = direction
    this.#change = changeOf(migration, direction)
    const statements = statementsOf(this.#change, db)
    this.#pieces = typeof this.#change === 'string' ? statements : [undefined]
  }

  /** Read under the lock. @throws ServiceError `MIGRATION_INTERRUPTED`, `MIGRATION_CHANGED` */
  async isDue(): Promise<boolean> {
    const { name } = this.#migration
    const row = await this.#table.row(name)
    if (this.#direction === 'up' ? row?.state === 'applied' : row === undefined) return false
    if (row === undefined || row.state === 'applied') return true
    if (row.begun !== row.done) throw interrupted(name, row)
    if (row.state === 'applying' && this.#direction === 'down') throw interrupted(name, row)
    if (row.done > 0 && row.checksum !== '' && row.checksum !== this.#checksumOfFirst(row.done)) {
      throw new ServiceError(
        'MIGRATION_CHANGED',
        `${name}: the first ${row.done} of its statements were applied, and were changed since. Restore them; those behind may be mended.`,
      )
    }
    this.#from = row.done
    return true
  }

  /** Takes it for this runner, for what runs outside of the lock's transaction. */
  async claim(): Promise<boolean> {
    if (!(await this.isDue())) return false
    await this.#note(this.#from + 1, this.#from)
    return true
  }

  async run(how: 'whole' | 'noted'): Promise<true> {
    for (const [index, piece] of this.#pieces.entries()) {
      if (index < this.#from) continue
      if (how === 'noted') await this.#note(index + 1, index)
      await this.#runPiece(piece, index, how)
      if (how === 'noted') await this.#note(index + 1, index + 1)
    }
    const { name, source, up } = this.#migration
    if (this.#direction === 'down') await this.#table.remove(name)
    else await this.#table.put({ name, state: 'applied', checksum: checksumOf(source ?? up), begun: 0, done: 0 })
    return true
  }

  async #runPiece(piece: string | undefined, index: number, how: 'whole' | 'noted'): Promise<void> {
    const { name } = this.#migration
    try {
      if (piece !== undefined) await sql.raw(piece).execute(this.#db.query)
      else if (typeof this.#change === 'function') await this.#change(this.#db)
    } catch (error) {
      // A statement that the server refused took no effect; of code, and of a lost connection, nobody knows.
      const isClear = piece !== undefined && !(error instanceof ServiceError && error.code === 'DATABASE_UNAVAILABLE')
      if (how === 'noted' && isClear) await this.#note(index, index)
      throw new ServiceError('MIGRATION_FAILED', failureText(name, { piece, index, how, isClear, error }), {
        cause: error,
      })
    }
  }

  async #note(begun: number, done: number): Promise<void> {
    const state = this.#direction === 'up' ? 'applying' : 'reverting'
    await this.#table.put({ name: this.#migration.name, state, checksum: this.#checksumOfFirst(done), begun, done })
  }

  #checksumOfFirst(count: number): string {
    return checksumOf(this.#pieces.slice(0, count).join(';\n'))
  }
}

function changeOf(migration: Migration, direction: 'up' | 'down'): MigrationChange {
  if (direction === 'up') return migration.up
  if (migration.down !== undefined) return migration.down
  throw new ServiceError(
    'MIGRATION_ONE_WAY',
    `${migration.name} has no way back: write ${migration.name}.down.sql, or export \`down\`.`,
  )
}

function statementsOf(change: MigrationChange, { dialect }: Database): string[] {
  return typeof change === 'string' ? splitStatements(change, dialect) : []
}

function stateOf(migration: Migration | undefined, row: MigrationRow | undefined): MigrationState {
  if (row === undefined) return 'pending'
  if (row.state !== 'applied') return 'unfinished'
  if (migration === undefined) return 'missing'
  const checksum = checksumOf(migration.source ?? migration.up)
  // A program that holds its migrations as code, and the command that reads them from files, apply the same ones.
  const isComparable = checksum !== 'code' && row.checksum !== 'code'
  return isComparable && row.checksum !== checksum ? 'changed' : 'applied'
}

/** Of code that did not come from a file nothing is compared: its text depends on how it was bundled. */
function checksumOf(source: MigrationChange): string {
  if (typeof source === 'function') return 'code'
  return createHash('sha256').update(source.replaceAll('\r\n', '\n').trim()).digest('hex')
}

interface Failure {
  readonly piece: string | undefined
  readonly index: number
  readonly how: 'whole' | 'noted'
  readonly isClear: boolean
  readonly error: unknown
}

function failureText(name: string, { piece, index, how, isClear, error }: Failure): string {
  const where = piece === undefined ? '' : ` at statement ${index + 1} (${firstLine(piece)})`
  const left =
    how === 'whole'
      ? 'Nothing of it was applied.'
      : isClear
        ? `What stands before it was applied; mend the statement and run it again: it goes on there.`
        : 'Whether it took effect is not known.'
  return `${name} failed${where}: ${rootMessage(error)}. ${left}`
}

/** What the database itself said: migrations are read by those who write the schema. */
function rootMessage(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined }
  return cause instanceof Error ? rootMessage(cause) : message.replace(/\.$/, '')
}

function firstLine(statement: string): string {
  const line = statement.replace(/\s+/g, ' ')
  return line.length <= 80 ? line : `${line.slice(0, 80)}…`
}

function interrupted(name: string, { state, begun }: MigrationRow): ServiceError {
  return new ServiceError(
    'MIGRATION_INTERRUPTED',
    `${name}: statement ${begun} was begun (${state}) and its end was never noted: its runner still works, or died. Look at the database whether it took effect, then say so: genever migrate resolve ${name} --done, or --undone.`,
    { status: 409 },
  )
}
