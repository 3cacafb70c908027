/** Migrations on SQLite, and what every database's files of SQL are made of. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, it } from 'node:test'
import { createDatabase } from '../create-database.ts'
import type { DialectName } from '../dialect.ts'
import { splitStatements } from './internal/split-statements.ts'
import { describeMigrations } from './migrate.contract.ts'
import { migrate } from './migrate.ts'

const folder = mkdtempSync(join(tmpdir(), 'genever-migrate-'))
after(() => rmSync(folder, { recursive: true }))

describeMigrations({ name: 'SQLite', url: () => `sqlite:${join(folder, 'test.db')}` })

describe('migrations without files', () => {
  const rows = [
    { why: 'a name without a number', names: ['accounts'] },
    { why: 'two of one number', names: ['0001-a', '0001-b'] },
  ]
  for (const { why, names } of rows) {
    it(`are refused with ${why}`, async () => {
      const db = createDatabase({ url: 'sqlite::memory:' })
      const migrations = names.map((name) => ({ name, up: 'select 1' }))
      await assert.rejects(migrate(db, { migrations }), { code: 'BAD_MIGRATION' })
      await db.stop()
    })
  }

  it('run on a database in memory', async () => {
    const db = createDatabase<{ t: { a: number } }>({ url: 'sqlite::memory:' })
    await migrate(db, { migrations: [{ name: '1-t', up: 'create table t (a integer); insert into t values (7)' }] })
    assert.deepEqual(await db.query.selectFrom('t').selectAll().execute(), [{ a: 7 }])
    await db.stop()
  })

  it('are the same as those in a folder, where a program holds them as code', async () => {
    const place = mkdtempSync(join(folder, 'code-'))
    const text = 'export const up = async () => {}'
    writeFileSync(join(place, '0001-a.mjs'), text)
    writeFileSync(join(place, '0002-b.mjs'), text)
    const up = async () => {}
    const migrations = [
      { name: '0001-a', up },
      { name: '0002-b', up },
    ]
    const db = createDatabase({ url: 'sqlite::memory:' })
    await migrate(db, { migrations, to: '0001' })
    assert.deepEqual(
      (await migrate(db, { folder: place })).map(({ name }) => name),
      ['0002-b'],
    )
    assert.deepEqual(await migrate(db, { migrations }), [])
    await db.stop()
  })

  it('say where a folder is missing', async () => {
    const db = createDatabase({ url: 'sqlite::memory:' })
    await assert.rejects(migrate(db, { folder: join(folder, 'nowhere') }), { code: 'BAD_MIGRATION' })
    await db.stop()
  })
})

describe('the statements of a file', () => {
  const rows: { dialect: DialectName; sql: string; expected: number; why: string }[] = [
    { dialect: 'postgres', sql: 'a; b;\n\n', expected: 2, why: 'the last `;` begins nothing' },
    { dialect: 'postgres', sql: `a ';'; b -- ;\n; /* ; */`, expected: 2, why: 'strings and comments hold none' },
    { dialect: 'postgres', sql: 'create function f() as $b$ begin; end; $b$; c', expected: 2, why: 'a dollar quote' },
    {
      dialect: 'sqlite',
      sql: 'create trigger t after insert on a begin update a set x = case when 1 then 2 end; delete from b; end; c',
      expected: 2,
      why: 'a trigger of SQLite',
    },
    {
      dialect: 'mysql',
      sql: 'create procedure p() begin if a then b; end if; c; end; d',
      expected: 2,
      why: 'a procedure of MySQL',
    },
    { dialect: 'mysql', sql: 'insert into a values ("it\\"s;"); b', expected: 2, why: 'double quotes of MySQL' },
    { dialect: 'sqlite', sql: 'create table event (begin_at text); b', expected: 2, why: 'a table that is called so' },
  ]
  for (const { dialect, sql, expected, why } of rows) {
    it(`${why}: ${expected}`, () => assert.equal(splitStatements(sql, dialect).length, expected))
  }
})
