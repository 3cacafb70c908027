/**
 * readMigrations: the migrations of a folder.
 *
 *   0001-accounts.up.sql, 0001-accounts.down.sql │ 0002-owners.ts (export up, down?) ─▶ Migration[], in the order of their names
 */
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import { listFolder, pathExists } from '../../../platform/folders.ts'
import { readTextFile } from '../../../platform/text-file.ts'
import type { Migration, MigrationChange } from '../migration.ts'

const sqlFile = /^(?<name>\d[\w.-]*)\.(?<direction>up|down)\.sql$/
const codeFile = /^(?<name>\d[\w.-]*)\.(?:ts|js|mjs)$/
const outsideTransaction = /^\s*--\s*genever:\s*no transaction\s*$/im

/** @throws ServiceError `BAD_MIGRATION` */
export async function readMigrations(folder: string): Promise<Migration[]> {
  if (!(await pathExists(folder))) {
    throw badMigration(
      `There is no folder ${resolve(folder)}. Migrations are files such as 0001-accounts.up.sql in it.`,
    )
  }
  const files = (await listFolder(folder)).filter((file) => !/\.d\.ts$|\.test\.[jt]s$/.test(file)).sort()
  const migrations: Migration[] = []
  for (const file of files) {
    if (sqlFile.exec(file)?.groups?.direction === 'up') migrations.push(await fromSql(folder, file, files))
    else if (codeFile.test(file)) migrations.push(await fromCode(folder, file))
  }
  return checked(migrations)
}

/** By name, each name and each number once. @throws ServiceError `BAD_MIGRATION` */
export function checked(migrations: readonly Migration[]): Migration[] {
  const sorted = [...migrations].sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const [index, { name }] of sorted.entries()) {
    const before = sorted[index - 1]?.name
    if (before !== undefined && numberOf(before) === numberOf(name)) {
      throw badMigration(`${before} and ${name} have the same number; give one of them the next free one.`)
    }
    if (!/^\d[\w.-]{0,149}$/.test(name)) {
      throw badMigration(
        `The name of a migration begins with its number and has letters, digits and - _ . after it, such as 0001-accounts; got '${name.slice(0, 60)}'.`,
      )
    }
  }
  return sorted
}

async function fromSql(folder: string, file: string, files: readonly string[]): Promise<Migration> {
  const name = file.slice(0, -'.up.sql'.length)
  const up = await readTextFile(join(folder, file))
  const down = files.includes(`${name}.down.sql`) ? await readTextFile(join(folder, `${name}.down.sql`)) : undefined
  return { name, up, source: up, transaction: !outsideTransaction.test(up), ...(down !== undefined && { down }) }
}

async function fromCode(folder: string, file: string): Promise<Migration> {
  const path = resolve(folder, file)
  const exported: Record<string, unknown> = await import(pathToFileURL(path).href)
  const { up, down, transaction } = exported
  if (!isChange(up) || (down !== undefined && !isChange(down))) {
    throw badMigration(
      `${path} exports no function \`up\`: export async function up(database) { … }, and \`down\` alike.`,
    )
  }
  return {
    name: file.replace(/\.\w+$/, ''),
    up,
    source: await readTextFile(path),
    transaction: transaction !== false,
    ...(down !== undefined && { down }),
  }
}

function isChange(value: unknown): value is MigrationChange {
  return typeof value === 'function' || typeof value === 'string'
}

function numberOf(name: string): string {
  return /^\d+/.exec(name)?.[0] ?? name
}

export function badMigration(message: string): ServiceError {
  return new ServiceError('BAD_MIGRATION', message)
}
