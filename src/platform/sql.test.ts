import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { openSql, type SqlDatabase, type SqlValue } from './sql.ts'

describe('embedded SQL', () => {
  let folder = ''
  let files = 0
  const open: SqlDatabase[] = []

  function opened(path: string, options = {}): SqlDatabase {
    const database = openSql(path, options)
    open.push(database)
    return database
  }

  const freshFile = (): string => join(folder, `${++files}.db`)

  function withItems(path = ':memory:', options = {}): SqlDatabase {
    const database = opened(path, options)
    database.exec(
      'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT UNIQUE, size REAL, bytes BLOB, count INTEGER) STRICT',
    )
    return database
  }

  const namesOf = (database: SqlDatabase): string[] =>
    database
      .prepare<{ name: string }>('SELECT name FROM item ORDER BY id')
      .all()
      .map(({ name }) => name)

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'genever-sql-'))
  })
  after(async () => {
    for (const database of open) database.close()
    await rm(folder, { recursive: true })
  })

  it('keeps every kind of value as it was written', () => {
    const database = withItems()
    const insert = database.prepare('INSERT INTO item (name, size, bytes, count) VALUES (?, ?, ?, ?)')
    assert.deepEqual(insert.run(['first', 1.5, Uint8Array.of(0, 255), 7]), { changes: 1, lastInsertId: 1 })
    assert.deepEqual(insert.run([null, null, null, null]), { changes: 1, lastInsertId: 2 })
    const rows = database.prepare('SELECT name, size, bytes, count FROM item ORDER BY id').all()
    assert.deepEqual(
      rows.map((row) => ({ ...row })),
      [
        { name: 'first', size: 1.5, bytes: Uint8Array.of(0, 255), count: 7 },
        { name: null, size: null, bytes: null, count: null },
      ],
    )
  })

  const bindings: { parameters: SqlValue[] | Record<string, SqlValue>; sql: string; why: string }[] = [
    { parameters: ['a', 2], sql: 'SELECT ? AS x, ? AS y', why: 'by position' },
    { parameters: { x: 'a', y: 2 }, sql: 'SELECT :x AS x, $y AS y', why: 'by bare names' },
    { parameters: { ':x': 'a', '@y': 2 }, sql: 'SELECT :x AS x, @y AS y', why: 'by names as they are written' },
  ]
  for (const { parameters, sql, why } of bindings) {
    it(`binds parameters ${why}`, () => {
      const row = opened(':memory:').prepare(sql).get(parameters)
      assert.deepEqual({ ...row }, { x: 'a', y: 2 })
    })
  }

  const refused = [
    { parameters: [1, true], message: /parameter 2 is of type boolean/, why: 'SQLite has no booleans' },
    { parameters: { at: new Date() }, message: /parameter at is of type Date/, why: 'a date has no one form' },
    { parameters: [undefined], message: /parameter 1 is of type undefined/, why: 'nothing is null' },
    { parameters: [Number.NaN], message: /parameter 1 is NaN/, why: 'SQLite would store NULL' },
    { parameters: [{}], message: /parameter 1 is of type Object/, why: 'an object is no value' },
  ]
  for (const { parameters, message, why } of refused) {
    it(`refuses a parameter on either runtime: ${why}`, () => {
      const statement = opened(':memory:').prepare('SELECT ? AS x, :at AS y')
      assert.throws(() => statement.get(parameters as SqlValue[]), {
        name: 'ServiceError',
        code: 'SQL_PARAMETER',
        message,
      })
    })
  }

  it('refuses to round an integer, and reads it as a bigint where asked to', () => {
    const database = withItems()
    database.prepare('INSERT INTO item (count) VALUES (?)').run([2n ** 62n])
    const sql = 'SELECT count FROM item'
    assert.throws(() => database.prepare(sql).get(), { code: 'SQL_INTEGER' })
    assert.throws(() => [...database.prepare(sql).iterate()], { code: 'SQL_INTEGER' })
    assert.equal(database.prepare<{ count: bigint }>(sql, { integers: 'bigint' }).get()?.count, 2n ** 62n)
    const exact = opened(':memory:', { integers: 'bigint' })
    assert.deepEqual({ ...exact.prepare('SELECT 1 AS x').get() }, { x: 1n })
  })

  it('hands rows out one by one, and stops when nobody wants more', () => {
    const rows = opened(':memory:').prepare<{ n: number }>(
      'WITH RECURSIVE up(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM up) SELECT n FROM up',
    )
    const seen: number[] = []
    for (const { n } of rows.iterate()) if (seen.push(n) === 3) break
    assert.deepEqual(seen, [1, 2, 3])
    assert.equal(rows.get()?.n, 1)
  })

  it('is durable, checks foreign keys and waits for locks unless told otherwise', () => {
    const database = opened(freshFile())
    const pragma = (name: string): unknown => Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]
    assert.equal(pragma('journal_mode'), 'wal')
    assert.equal(pragma('synchronous'), 2)
    assert.equal(pragma('foreign_keys'), 1)
    assert.equal(pragma('busy_timeout'), 5_000)
  })

  it('says what kind of failure it was', () => {
    const path = freshFile()
    const database = withItems(path, { busyTimeoutMs: 20 })
    const insert = database.prepare('INSERT INTO item (name) VALUES (?)')
    insert.run(['one'])
    assert.throws(() => insert.run(['one']), becauseOf('SQL_CONSTRAINT', /item\.name/))
    assert.throws(() => database.prepare('SELEC'), becauseOf('SQL_FAILED', /syntax error/))
    const rival = opened(path)
    rival.transaction(() => {
      assert.throws(() => insert.run(['two']), { code: 'SQL_BUSY', retryable: true })
    })
    assert.deepEqual(namesOf(database), ['one'])
  })

  it('keeps what SQLite says out of the message, which callers may see', () => {
    const insert = withItems(freshFile()).prepare('INSERT INTO item (name) VALUES (?)')
    insert.run(['one'])
    assert.throws(
      () => insert.run(['one']),
      (error: Error) => !error.message.includes('item'),
    )
  })

  it('does not open what is no database', async () => {
    const path = join(folder, 'notes.txt')
    await writeFile(path, 'a text that is long enough to be looked at')
    assert.throws(() => openSql(path), { code: 'SQL_FAILED' })
    assert.throws(() => openSql('/no/such/folder/x.db'), becauseOf('SQL_FAILED', /unable to open/))
    assert.throws(() => openSql(freshFile(), { readOnly: true }), { code: 'SQL_FAILED' })
  })

  it('reads what another connection wrote, and writes nothing when it is read-only', () => {
    const path = freshFile()
    withItems(path).prepare('INSERT INTO item (name) VALUES (?)').run(['one'])
    const reader = opened(path, { readOnly: true })
    assert.deepEqual(namesOf(reader), ['one'])
    assert.throws(() => reader.exec('DELETE FROM item'), becauseOf('SQL_FAILED', /readonly/))
  })

  it('commits what a transaction did and passes its result on', () => {
    const database = withItems()
    const result = database.transaction(() => {
      assert.equal(database.inTransaction, true)
      return database.prepare("INSERT INTO item (name) VALUES ('one')").run().changes
    })
    assert.equal(result, 1)
    assert.equal(database.inTransaction, false)
    assert.deepEqual(namesOf(database), ['one'])
  })

  it('takes back all that a transaction did when it throws', () => {
    const database = withItems()
    const fault = new Error('changed my mind')
    assert.throws(() => {
      database.transaction(() => {
        database.exec("INSERT INTO item (name) VALUES ('one')")
        throw fault
      })
    }, fault)
    assert.deepEqual(namesOf(database), [])
    assert.equal(database.inTransaction, false)
  })

  it('takes back an inner transaction alone', () => {
    const database = withItems()
    database.transaction(() => {
      database.exec("INSERT INTO item (name) VALUES ('outer')")
      database.transaction(() => database.exec("INSERT INTO item (name) VALUES ('kept')"))
      assert.throws(() => {
        database.transaction(() => {
          database.exec("INSERT INTO item (name) VALUES ('inner')")
          throw new Error('not this part')
        })
      })
    })
    assert.deepEqual(namesOf(database), ['outer', 'kept'])
  })

  it('refuses asynchronous work, and takes back what it did', async () => {
    const database = withItems()
    const work = async (): Promise<void> => {
      database.exec("INSERT INTO item (name) VALUES ('one')")
    }
    assert.throws(() => database.transaction(work), { code: 'SQL_ASYNC_TRANSACTION' })
    assert.deepEqual(namesOf(database), [])
  })

  it('can be closed twice, and says so when it is used afterwards', () => {
    const database = opened(':memory:')
    const statement = database.prepare('SELECT 1')
    database.close()
    database.close()
    assert.equal(database.inTransaction, false)
    assert.throws(() => database.exec('SELECT 1'), becauseOf('SQL_FAILED', /not open/))
    assert.throws(() => statement.get(), { code: 'SQL_FAILED' })
  })
})

/** Whether an error has the code, and SQLite's own words in its cause. */
function becauseOf(code: string, words: RegExp): (error: unknown) => boolean {
  return (error) =>
    error instanceof ServiceError &&
    error.code === code &&
    error.cause instanceof Error &&
    words.test(error.cause.message)
}
