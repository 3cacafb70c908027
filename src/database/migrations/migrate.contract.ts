/** What migrations must do on every database. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { createDatabase } from '../create-database.ts'
import type { Database } from '../database.ts'
import { migrate, migrationStatus, resolveMigration, revertMigrations } from './migrate.ts'

export interface MigratedSystem {
  readonly name: string
  /** Of a database that is the test's alone. */
  url(): string
}

const runner = fileURLToPath(new URL('../fixtures/migrate-once.ts', import.meta.url))
const run = promisify(execFile)

export function describeMigrations({ name, url }: MigratedSystem): void {
  describe(`${name}: migrations`, () => {
    let db: Database
    let folder: string
    const put = (files: Readonly<Record<string, string>>): void => {
      for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text)
    }
    const names = (plans: readonly { name: string }[]): string[] => plans.map((plan) => plan.name)
    const count = async (table: string): Promise<number> => {
      const { rows } = await sql<{ n: unknown }>`select count(*) as n from ${sql.table(table)}`.execute(db.query)
      return Number(rows[0]?.n)
    }

    beforeEach(async () => {
      folder = mkdtempSync(join(tmpdir(), 'genever-migrations-'))
      db = createDatabase({ url: url() })
      for (const table of ['m_first', 'm_second', 'm_third', 'genever_migration']) {
        await sql.raw(`drop table if exists ${table}`).execute(db.query)
      }
    })
    afterEach(async () => {
      await db.stop()
      rmSync(folder, { recursive: true })
    })

    const first = {
      '0001-first.up.sql':
        "create table m_first (id integer primary key, word varchar(20) default ';');\ninsert into m_first (id, word) values (1, 'a;b'); -- done;\n",
      '0001-first.down.sql': 'drop table m_first;',
    }
    const second = {
      '0002-second.ts': `export async function up(db: { query: any }): Promise<void> {
        await db.query.schema.createTable('m_second').addColumn('id', 'integer').execute()
        await db.query.insertInto('m_second').columns(['id']).expression((e: any) => e.selectFrom('m_first').select('id')).execute()
      }
      export async function down(db: { query: any }): Promise<void> { await db.query.schema.dropTable('m_second').execute() }`,
    }

    it('applies files of SQL and of code in order, once, and takes them back', async () => {
      put({ ...first, ...second })
      assert.deepEqual(await states(), ['0001-first pending', '0002-second pending'])
      assert.deepEqual(names(await migrate(db, { folder })), ['0001-first', '0002-second'])
      assert.deepEqual([await count('m_first'), await count('m_second')], [1, 1])
      assert.deepEqual(names(await migrate(db, { folder })), [])
      assert.deepEqual(names(await revertMigrations(db, { folder })), ['0002-second'])
      assert.deepEqual(await states(), ['0001-first applied', '0002-second pending'])
      await migrate(db, { folder })
      assert.deepEqual(names(await revertMigrations(db, { folder, to: '0' })), ['0002-second', '0001-first'])
      assert.deepEqual(await states(), ['0001-first pending', '0002-second pending'])
    })

    it('says what it would do, and does nothing of it', async () => {
      put(first)
      const [plan] = await migrate(db, { folder, dryRun: true })
      assert.equal(plan?.statements.length, 2)
      assert.match(plan?.statements[1] ?? '', /values \(1, 'a;b'\)$/)
      assert.deepEqual(await states(), ['0001-first pending'])
      assert.ok(!(await tables()).some((table) => table.startsWith('m_') || table === 'genever_migration'))
    })

    it('stops where it is told to', async () => {
      put({ ...first, ...second })
      assert.deepEqual(names(await migrate(db, { folder, to: '0001' })), ['0001-first'])
    })

    it('refuses one that was changed after it was applied', async () => {
      put(first)
      await migrate(db, { folder })
      put({ '0001-first.up.sql': 'create table m_first (id integer)' })
      await assert.rejects(migrate(db, { folder }), { code: 'MIGRATION_CHANGED' })
      assert.deepEqual(await states(), ['0001-first changed'])
    })

    it('refuses one that comes before an applied one, unless it may', async () => {
      put({ '0002-first.up.sql': first['0001-first.up.sql'] })
      await migrate(db, { folder })
      put({ '0001-late.up.sql': 'create table m_third (id integer)' })
      await assert.rejects(migrate(db, { folder }), { code: 'MIGRATION_ORDER' })
      assert.deepEqual(names(await migrate(db, { folder, outOfOrder: true })), ['0001-late'])
    })

    it('leaves nothing behind of one that fails, or goes on where it failed', async () => {
      put({
        '0001-three.up.sql':
          'create table m_first (id integer); create table m_second (oops; insert into m_first values (1)',
      })
      await assert.rejects(migrate(db, { folder }), {
        code: 'MIGRATION_FAILED',
        message: /statement 2 \(create table m_second/,
      })
      assert.equal((await tables()).includes('m_first'), db.dialect === 'mysql')
      put({
        '0001-three.up.sql':
          'create table m_first (id integer); create table m_second (id integer); insert into m_first values (1)',
      })
      await migrate(db, { folder })
      assert.deepEqual([await count('m_first'), await count('m_second')], [1, 0])
      assert.deepEqual(await states(), ['0001-three applied'])
    })

    it('asks what a runner left in doubt that died, and goes on', async () => {
      const text = 'create table m_first (id integer); create table m_second (id integer)'
      put({ '0001-two.up.sql': `-- genever: no transaction\n${text}` })
      // The server is told to fail at the second statement; then the note of it says that its end was not seen.
      await sql.raw('create table m_second (id integer)').execute(db.query)
      await assert.rejects(migrate(db, { folder }), { code: 'MIGRATION_FAILED' })
      await sql.raw('update genever_migration set begun = done + 1').execute(db.query)
      await assert.rejects(migrate(db, { folder }), { code: 'MIGRATION_INTERRUPTED', message: /statement 2 / })
      await resolveMigration(db, { name: '0001-two', tookEffect: true })
      assert.deepEqual(names(await migrate(db, { folder })), ['0001-two'])
      assert.deepEqual(await states(), ['0001-two applied'])
    })

    it('applies each once, however many processes run it at the same time', async () => {
      put({
        ...first,
        ...second,
        '0003-third.up.sql': 'create table m_third (id integer); insert into m_third select id from m_first',
      })
      const outputs = await Promise.all(
        Array.from({ length: 3 }, () => run(process.execPath, [runner, url(), folder], { timeout: 60_000 })),
      )
      const applied = outputs.flatMap(({ stdout }) => JSON.parse(stdout) as string[])
      assert.deepEqual(applied.sort(), ['0001-first', '0002-second', '0003-third'])
      assert.deepEqual([await count('m_first'), await count('m_second'), await count('m_third')], [1, 1, 1])
    })

    const states = async (): Promise<string[]> =>
      (await migrationStatus(db, { folder })).map(({ name: migration, state }) => `${migration} ${state}`)
    const tables = async (): Promise<string[]> => (await db.query.introspection.getTables()).map((table) => table.name)
  })
}
