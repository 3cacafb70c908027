/** Cursors: what is taken for one, and what is not. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { sql } from 'kysely'
import { createDatabase } from './create-database.ts'
import { type Page, type PageOptions, readPage } from './read-page.ts'

interface Row {
  id: number
  at: Date
  note: string | null
}

const moment = (minute: number): Date => new Date(Date.UTC(2026, 10, 28, 7, minute))

describe('a page', () => {
  const db = createDatabase<{ entry: Row }>({ url: 'sqlite::memory:' })
  const read = (options: Partial<PageOptions<Row>> = {}): Promise<Page<Row>> =>
    readPage(db.query.selectFrom('entry').selectAll(), {
      by: [{ column: 'at' }, { column: 'id' }],
      limit: 2,
      ...options,
    })
  before(async () => {
    await sql.raw('create table entry (id integer primary key, at timestamp not null, note text)').execute(db.query)
    const rows = [1, 2, 3, 4, 5].map((id) => ({ id, at: moment(Math.floor(id / 2)), note: null }))
    await db.query.insertInto('entry').values(rows).execute()
  })
  after(() => db.stop())

  it('begins behind a moment and a key', async () => {
    const seen: number[] = []
    for (let page = await read(); ; page = await read({ after: page.next })) {
      seen.push(...page.rows.map(({ id }) => id))
      if (page.next === undefined) break
    }
    assert.deepEqual(seen, [1, 2, 3, 4, 5])
  })

  it('is empty and the last where there are no rows', async () => {
    const none = db.query.selectFrom('entry').selectAll().where('id', '>', 100)
    assert.deepEqual(await readPage(none, { by: [{ column: 'id' }] }), { rows: [] })
  })

  it('takes no cursor but its own', async () => {
    const { next = '' } = await read({ secret: 'one' })
    const forged = `${Buffer.from('["x",1]').toString('base64url')}.${next.split('.')[1]}`
    const rows: { why: string; options: Partial<PageOptions<Row>> }[] = [
      { why: 'of another order', options: { after: next, secret: 'one', by: [{ column: 'id' }, { column: 'at' }] } },
      {
        why: 'of the other direction',
        options: { after: next, secret: 'one', by: [{ column: 'at', direction: 'desc' }, { column: 'id' }] },
      },
      { why: 'of another secret', options: { after: next, secret: 'two' } },
      { why: 'other values under its signature', options: { after: forged, secret: 'one' } },
      { why: 'no cursor', options: { after: 'x' } },
      { why: 'nothing', options: { after: '' } },
      { why: 'a very long one', options: { after: 'x'.repeat(1_000_000) } },
    ]
    for (const { why, options } of rows) await assert.rejects(read(options), { code: 'BAD_CURSOR', status: 400 }, why)
  })

  it('is refused where its order could lose rows, or its limit is none', async () => {
    await assert.rejects(read({ by: [{ column: 'note' }, { column: 'id' }] }), {
      code: 'BAD_PAGE',
      message: /holds null/,
    })
    for (const limit of [0, -1, 1.5, 1_001, Number.NaN]) await assert.rejects(read({ limit }), { code: 'BAD_PAGE' })
    await assert.rejects(read({ by: [] }), { code: 'BAD_PAGE' })
  })
})
