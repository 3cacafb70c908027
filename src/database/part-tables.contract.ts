/** How every database gets the tables of the framework's parts. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { afterEach, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { sql } from 'kysely'
import { createDatabase } from './create-database.ts'
import type { Database } from './database.ts'
import { newerNotes, notes } from './fixtures/note-tables.ts'
import { migrate } from './migrations/migrate.ts'
import { makeTables, missingTables } from './part-tables.ts'

export interface TabledSystem {
  readonly name: string
  /** Of a database that is the test's alone. */
  url(): string
  /** Of the same database, for a user who may read and write rows and make nothing; SQLite knows none. */
  limitedUrl?(): Promise<string>
}

const maker = fileURLToPath(new URL('fixtures/make-tables-once.ts', import.meta.url))
const run = promisify(execFile)

export function describePartTables({ name, url, limitedUrl }: TabledSystem): void {
  describe(`${name}: tables of parts`, () => {
    let db: Database
    beforeEach(async () => {
      db = createDatabase({ url: url() })
      for (const table of ['genever_note', 'genever_part'])
        await sql.raw(`drop table if exists ${table}`).execute(db.query)
    })
    afterEach(() => db.stop())

    const words = async (): Promise<string[]> => {
      const { rows } = await sql<{ word: string }>`select word from genever_note`.execute(db.query)
      return rows.map(({ word }) => word)
    }

    const ways: { way: string; make: () => Promise<unknown> }[] = [
      { way: 'the start of the database', make: () => db.start() },
      { way: 'the first transaction', make: () => db.transaction(async () => undefined) },
      { way: 'migrate()', make: () => migrate(db, { migrations: [] }) },
    ]
    for (const { way, make } of ways) {
      it(`are made by ${way}, once`, async () => {
        db.needs(notes)
        await make()
        await make()
        db.needs(notes)
        await db.start()
        assert.deepEqual(await words(), ['first'])
      })
    }

    it('are made once, however many processes start at the same time', async () => {
      await Promise.all(Array.from({ length: 4 }, () => run(process.execPath, [maker, url()], { timeout: 60_000 })))
      assert.deepEqual(await words(), ['first'])
    })

    it('get what a newer version adds', async () => {
      await makeTables(db, [notes])
      assert.deepEqual(
        (await makeTables(db, [newerNotes])).map(({ version }) => version),
        [2],
      )
      await sql.raw("insert into genever_note values (2, 'second', 'ann')").execute(db.query)
      assert.deepEqual(await missingTables(db, [newerNotes]), [])
    })

    if (limitedUrl === undefined) return

    it('are only looked for where they are there, so that a user who may make nothing can start', async () => {
      await makeTables(db, [notes])
      const limited = createDatabase({ url: await limitedUrl() })
      limited.needs(notes)
      await limited.start()
      await limited.stop()
    })

    it('say which command makes them where the user may not', async () => {
      const limited = createDatabase({ url: await limitedUrl() })
      limited.needs(notes)
      const refusal = { code: 'TABLES_MISSING', message: /genever migrate up --parts note\./ }
      await assert.rejects(limited.start(), refusal)
      await assert.rejects(
        limited.transaction(async () => undefined),
        refusal,
      )
      assert.equal((await limited.health()).status, 'UP')
      await makeTables(db, [notes])
      await limited.start()
      await limited.stop()
    })
  })
}
