/** What a database says of its statements, and what it never says. */
import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { pathToFileURL } from 'node:url'
import { sql } from 'kysely'
import { Context } from '../foundation/context/context.ts'
import { createTracer } from '../telemetry/create-tracer.ts'
import { MemorySpans } from '../telemetry/exporters/memory-spans.ts'
import type { LogFields, Logger } from '../telemetry/logger.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import type { SpanRecord } from '../telemetry/span-record.ts'
import { currentSpan } from '../telemetry/tracer.ts'
import { createDatabase } from './create-database.ts'
import type { DialectName } from './dialect.ts'
import { placeIn } from './internal/caller-place.ts'
import { sanitiseStatement } from './internal/sanitise-statement.ts'
import { summaryOf } from './internal/statement-summary.ts'

interface Tables {
  account: { owner: string; balance: number }
}

describe('the text of a statement, without values', () => {
  const rows: { dialect?: DialectName; sql: string; expected: string; why: string }[] = [
    { sql: `select "a" from t where b = $1`, expected: `select "a" from t where b = $1`, why: 'placeholders stay' },
    { sql: `where b = 'ann''s' and c=42`, expected: 'where b = ? and c=?', why: 'a doubled quote goes on' },
    { sql: `where b = 'ann`, expected: 'where b = ?', why: 'an open string is a value to its end' },
    { sql: `values (-1.5e-3, .5, 1_000, 0xff)`, expected: 'values (?, ?, ?, ?)', why: 'numbers of every form' },
    { sql: `select t1.c2 from t1`, expected: 'select t1.c2 from t1', why: 'digits in names are no values' },
    { sql: `select 1 -- of 'ann`, expected: 'select ?', why: 'a comment may quote anything' },
    { sql: `/* ann's */ select 1`, expected: 'select ?', why: 'a quote in a comment opens no string' },
    { dialect: 'postgres', sql: `select E'a\\'b', 2`, expected: 'select ?, ?', why: 'PostgreSQL’s escaped string' },
    { dialect: 'postgres', sql: `select 'a\\', 'x'`, expected: 'select ?, ?', why: 'no escape in a standard string' },
    { dialect: 'postgres', sql: `select $q$it's$q$, $1`, expected: 'select ?, $1', why: 'a dollar quote' },
    { dialect: 'postgres', sql: `select $$it's 5$$`, expected: 'select ?', why: 'a dollar quote without a tag' },
    {
      dialect: 'mysql',
      sql: `select "ann\\"s", 'b\\'c', 1`,
      expected: 'select ?, ?, ?',
      why: 'both quotes are strings',
    },
    {
      dialect: 'mysql',
      sql: 'select `it"s` from `t` where a = "x"',
      expected: 'select `it"s` from `t` where a = ?',
      why: 'a name may hold a quote',
    },
    { dialect: 'sqlite', sql: `select [it's], x'00ff'`, expected: `select [it's], ?`, why: 'names in brackets, bytes' },
  ]
  for (const { dialect = 'postgres', sql, expected, why } of rows) {
    it(`${why}: ${expected}`, () => assert.equal(sanitiseStatement(sql, dialect), expected))
  }

  it('has a bound', () => {
    assert.equal(sanitiseStatement(`insert into t values ${'($1, $2), '.repeat(10_000)}`, 'postgres').length, 2_001)
  })
})

describe('the name of a statement', () => {
  const rows = [
    { sql: 'select "a" from "account" where x', expected: 'SELECT account' },
    { sql: 'insert into `shop`.`account` (a) values (?)', expected: 'INSERT shop.account' },
    { sql: 'update "account" set a = $1', expected: 'UPDATE account' },
    { sql: 'delete from account', expected: 'DELETE account' },
    { sql: "select 'x from secret'", expected: 'SELECT' },
    { sql: 'create table if not exists "t" ("a" integer)', expected: 'CREATE t' },
    { sql: 'COMMIT', expected: 'COMMIT' },
    { sql: '', expected: 'OTHER' },
  ]
  for (const { sql, expected } of rows) {
    it(`${sql} is ${expected}`, () => assert.equal(summaryOf(sql, 'sqlite').name, expected))
  }
})

describe('who waits for a statement', () => {
  const own = '/app/node_modules/genever/src/'
  const stack = (...frames: string[]): string => ['Error: x', ...frames.map((frame) => `    at ${frame}`)].join('\n')
  const rows = [
    {
      why: 'Node.js',
      frames: [
        `Connection.execute (file://${own}database/x.ts:1:2)`,
        'async file:///app/node_modules/kysely/dist/a.js:3:4',
        'async orders (file:///app/src/orders.ts:12:5)',
      ],
      expected: '/app/src/orders.ts:12',
    },
    {
      why: 'Bun',
      frames: [
        `async execute (${own}database/x.ts:1:2)`,
        'async <anonymous> (/app/node_modules/kysely/dist/a.js:3:4)',
        'async /app/src/main.ts:7:1',
      ],
      expected: '/app/src/main.ts:7',
    },
    {
      why: 'nobody',
      frames: [`execute (${own}database/x.ts:1:2)`, 'processTicksAndRejections (native:7:39)'],
      expected: undefined,
    },
  ]
  for (const { why, frames, expected } of rows) {
    it(`is found in a stack of ${why}`, () => assert.equal(placeIn(stack(...frames), own), expected))
  }
})

describe('a slow statement', () => {
  it('is told with its duration and the line that waits for it, without values', async () => {
    const lines: LogFields[] = []
    const folder = mkdtempSync(join(tmpdir(), 'genever-slow-'))
    const db = createDatabase<Tables>({ url: 'sqlite::memory:', log: recording(lines), slowQueryMs: 0 })
    try {
      await db.query.schema.createTable('account').addColumn('owner', 'text').addColumn('balance', 'integer').execute()
      lines.splice(0)
      // A program of somebody else: lines of our own folder are not the caller's.
      const file = join(folder, 'orders.mjs')
      writeFileSync(file, 'export async function order(query) {\n  await query.execute()\n}\n')
      const { order } = await import(pathToFileURL(file).href)
      await db.transaction(async () => {
        await order(db.query.insertInto('account').values({ owner: 'secret-ann', balance: 7 }))
      })
      const told = lines.find(({ statement }) => String(statement).startsWith('insert'))
      assert.equal(told?.statement, 'insert into "account" ("owner", "balance") values (?, ?)')
      assert.match(String(told?.at), /orders\.mjs:2$/)
      assert.equal(typeof told?.durationMs, 'number')
      assert.equal(told?.rows, 1)
      assert.ok(lines.some(({ statement }) => statement === 'COMMIT'))
      assert.doesNotMatch(JSON.stringify(lines), /secret-ann/)
    } finally {
      await db.stop()
      rmSync(folder, { recursive: true })
    }
  })

  it('is told of by default from 200 ms on only', async () => {
    const lines: LogFields[] = []
    const db = createDatabase({ url: 'sqlite::memory:', log: recording(lines) })
    await sql.raw('select 1').execute(db.query)
    await db.stop()
    assert.deepEqual(lines, [])
  })
})

describe('the span of a statement', () => {
  it('stands below its caller’s, named by verb and table; a failure says its code and no words of the database', async () => {
    const sink = new MemorySpans()
    const tracer = createTracer({ sink })
    const db = createDatabase<Tables>({ url: 'sqlite::memory:' })
    const parent = tracer.start('request')
    await new Context().set(currentSpan, parent).run(async () => {
      await sql.raw('create table account (owner text unique, balance integer)').execute(db.query)
      const row = { owner: 'secret-ann', balance: 7 }
      await db.query.insertInto('account').values(row).execute()
      await assert.rejects(db.query.insertInto('account').values(row).execute())
      await db.query.selectFrom('account').selectAll().execute()
      for await (const _ of db.query.selectFrom('account').selectAll().stream()) break
    })
    await db.stop()
    const spans = sink.records
    assert.deepEqual(
      spans.map(({ name }) => name),
      ['CREATE account', 'INSERT account', 'INSERT account', 'SELECT account', 'SELECT account'],
    )
    const [, insert, failed, select] = spans
    assert.equal(insert?.parentSpanId, parent.context.spanId)
    assert.deepEqual(attributesOf(select), {
      'db.system.name': 'sqlite',
      'db.namespace': ':memory:',
      'db.operation.name': 'SELECT',
      'db.collection.name': 'account',
      'db.query.summary': 'SELECT account',
      'db.query.text': 'select * from "account"',
      'db.response.returned_rows': 1,
    })
    assert.equal(attributesOf(failed)['error.type'], 'SQL_CONSTRAINT')
    assert.doesNotMatch(
      JSON.stringify(spans.map(({ name, statusText, attributes, events }) => [name, statusText, attributes, events])),
      /secret-ann/,
    )
  })
})

function attributesOf(span: SpanRecord | undefined): Record<string, unknown> {
  const flat = span?.attributes ?? []
  return Object.fromEntries(flat.flatMap((name, index) => (index % 2 === 0 ? [[String(name), flat[index + 1]]] : [])))
}

function recording(lines: LogFields[]): Logger {
  return { ...noopLogger, isEnabled: () => true, warn: (_message, fields = {}) => void lines.push(fields) }
}
