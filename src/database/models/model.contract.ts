/** What a model must be on every database: its table, its rows, its drafts. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { z } from 'zod'
import { createDatabase } from '../create-database.ts'
import type { Database } from '../database.ts'
import { draftMigration } from '../migrations/draft-migration.ts'
import { migrate } from '../migrations/migrate.ts'
import { column } from './column.ts'
import { defineModel, type Model } from './model.ts'
import type { NewRowOf, TablesOf } from './model-types.ts'
import { repositoryOf } from './repository.ts'

const Shelf = defineModel('m_shelf', { code: column.text({ max: 20 }).primaryKey(), room: column.integer() })

const Bottle = defineModel(
  'm_bottle',
  {
    id: column.id(),
    label: column.text({ max: 40, min: 1 }).unique(),
    notes: column.text().nullable(),
    kind: column.oneOf(['gin', 'genever']).default('gin'),
    stock: column.integer({ min: 0 }).default(0),
    serial: column.bigint().nullable(),
    price: column.decimal(18, 4).default('0'),
    strength: column.number().nullable(),
    open: column.boolean().default(false),
    bottled: column.day().nullable(),
    made_at: column.moment().defaultNow(),
    seen_at: column.moment().touched(),
    tags: column.json(z.array(z.string())).default([]),
    extra: column.json<{ deep: { value: unknown } } | string>().nullable(),
    seal: column.bytes().nullable(),
    twin: column.uuid().nullable(),
    shelf: column.text({ max: 20 }).nullable().references('m_shelf', 'code').indexed(),
    version: column.version(),
    deleted_at: column.deletedAt(),
  },
  { indexes: [{ columns: ['kind', 'made_at'] }] },
)

const Seat = defineModel('m_seat', {
  hall: column.text({ max: 20 }).primaryKey(),
  number: column.integer().primaryKey(),
  taken: column.boolean().default(false),
})

const Ticket = defineModel('m_ticket', { id: column.uuidKey(), holder: column.text({ max: 40 }) })

/** The references point backwards: a draft puts them in order. */
const models = [Bottle, Shelf, Seat, Ticket] as const
type Tables = TablesOf<(typeof models)[number]>

export interface ModelledSystem {
  readonly name: string
  /** Of a database that is the test's alone. */
  url(): string
}

export function describeModels({ name, url }: ModelledSystem): void {
  describe(`${name}: models`, () => {
    let db: Database<Tables>
    const apply = async (declared: readonly Model[]): Promise<void> => {
      const { up, down } = await draftMigration(db, { models: declared })
      await migrate(db, { migrations: [{ name: '0001-draft', up, down }] })
    }
    const clear = async (): Promise<void> => {
      for (const table of ['m_bottle', 'm_shelf', 'm_seat', 'm_ticket', 'm_draft', 'm_other', 'genever_migration'])
        await sql.raw(`drop table if exists ${table}`).execute(db.query)
    }
    const bottles = () => repositoryOf(db, Bottle)

    before(async () => {
      db = createDatabase({ url: url(), models })
      await clear()
      await apply(models)
    })
    after(async () => {
      await clear()
      await db.stop()
    })
    beforeEach(async () => {
      for (const { name: table } of models) await sql`delete from ${sql.table(table)}`.execute(db.query)
    })

    it('are what their own draft makes of an empty database', async () => {
      assert.deepEqual((await draftMigration(db, { models })).changes, [])
    })

    const moment = new Date('2026-11-28T07:08:09.123Z')
    const rows: { row: NewRowOf<typeof Bottle>; why: string }[] = [
      { row: { label: 'plain' }, why: 'everything by default' },
      { row: { label: 'big', serial: 9_223_372_036_854_775_807n }, why: 'the greatest integer of 64 bits' },
      { row: { label: 'number', serial: 7 }, why: 'a number where a bigint is read' },
      { row: { label: 'exact', price: '12345678901234.1' }, why: 'a decimal, with all its digits' },
      { row: { label: 'then', made_at: moment, bottled: '2024-02-29' }, why: 'a moment and a day' },
      {
        row: { label: 'tags', tags: ['a "b"', "c'd", 'ünï\\n'] },
        why: 'a list in JSON, which is no array of the database',
      },
      { row: { label: 'text', extra: 'only text' }, why: 'a text in JSON' },
      { row: { label: 'deep', extra: { deep: { value: [null, 1.5, { a: true }] } } }, why: 'a document' },
      { row: { label: 'bytes', seal: new Uint8Array([0, 255, 10, 39]) }, why: 'bytes' },
      {
        row: { label: 'more', open: true, strength: 0.375, kind: 'genever', notes: 'n'.repeat(70_000) },
        why: 'the rest',
      },
      { row: { label: 'twin', twin: '0199AC5E-97A5-7CBB-8B2D-0C2F8D0E5B11' }, why: 'a UUID, in small letters' },
    ]
    for (const { row, why } of rows) {
      it(`give back what was inserted, as insert() said: ${why}`, async () => {
        const inserted = await bottles().insert(row)
        assert.equal(typeof inserted.id, 'bigint')
        assert.deepEqual(plain(await bottles().get(inserted.id)), plain(inserted))
        const [direct] = await db.query.selectFrom('m_bottle').selectAll().execute()
        assert.deepEqual(plain(direct), plain(inserted))
      })
    }

    it('fill the same defaults where a query of Kysely leaves them out', async () => {
      await db.query.insertInto('m_bottle').values({ label: 'by hand' }).execute()
      const { made_at, seen_at, id, ...rest } = await db.query
        .selectFrom('m_bottle')
        .selectAll()
        .executeTakeFirstOrThrow()
      assert.ok(
        Math.abs(made_at.getTime() - seen_at.getTime()) < 1_000 && Math.abs(made_at.getTime() - Date.now()) < 60_000,
      )
      assert.equal(typeof id, 'bigint')
      const { kind, stock, price, open, tags, version, deleted_at } = rest
      assert.deepEqual(
        { kind, stock, price, open, tags, version, deleted_at },
        { kind: 'gin', stock: 0, price: '0.0000', open: false, tags: [], version: 1, deleted_at: null },
      )
    })

    it('change a row by the version that was read, and no other', async () => {
      const { id, version, seen_at } = await bottles().insert({ label: 'one', seen_at: moment })
      await bottles().update(id, { version, stock: 5, tags: ['new'] })
      await assert.rejects(bottles().update(id, { version, stock: 9 }), { code: 'VERSION_CONFLICT', status: 409 })
      const now = await bottles().get(id)
      assert.deepEqual([now.version, now.stock, now.tags], [2, 5, ['new']])
      assert.ok(now.seen_at > seen_at, 'the moment of the change')
    })

    it('do not lose a change that names no column', async () => {
      const { id, version } = await bottles().insert({ label: 'one' })
      const mistyped = { version, stok: 5 } as unknown as { version: number }
      await assert.rejects(bottles().update(id, mistyped), { code: 'BAD_ROWS', message: /no column 'stok'/ })
    })

    it('show no row that was deleted, unless it is asked for or comes back', async () => {
      const { id, version } = await bottles().insert({ label: 'one' })
      assert.equal(await bottles().delete(id), true)
      assert.equal(await bottles().delete(id), false)
      assert.equal(await bottles().find(id), undefined)
      await assert.rejects(bottles().get(id), { code: 'ROW_NOT_FOUND', status: 404 })
      await assert.rejects(bottles().update(id, { version, stock: 1 }), { code: 'VERSION_CONFLICT' })
      assert.deepEqual((await bottles().page()).rows, [])
      assert.deepEqual(await bottles().select().execute(), [])
      assert.equal((await bottles().withDeleted.get(id)).label, 'one')
      assert.equal(await bottles().restore(id), true)
      assert.equal((await bottles().get(id)).deleted_at, null)
      assert.equal(await bottles().erase(id), true)
      assert.equal(await bottles().withDeleted.find(id), undefined)
    })

    it('are read page by page, in an order that the key makes whole', async () => {
      await bottles().insertMany(
        ['a', 'b', 'c', 'd', 'e'].map((label, index) => ({ label, stock: Math.floor(index / 2) })),
      )
      const by = [{ column: 'stock', direction: 'desc' }] as const
      const first = await bottles().page({ by, limit: 2, where: (query) => query.where('label', '<>', 'd') })
      const second = await bottles().page({
        by,
        limit: 2,
        after: first.next,
        where: (query) => query.where('label', '<>', 'd'),
      })
      assert.deepEqual(
        [...first.rows, ...second.rows].map(({ label }) => label),
        ['e', 'c', 'b', 'a'],
      )
      assert.equal(second.next, undefined)
    })

    it('insert many rows at once, and change those that are there, with their next version', async () => {
      await bottles().insertMany([
        { label: 'a', stock: 1 },
        { label: 'b', notes: 'kept' },
      ])
      await bottles().upsert(
        [
          { label: 'b', stock: 2 },
          { label: 'c', stock: 3 },
        ],
        { key: ['label'] },
      )
      const rows = await bottles().select().orderBy('label').execute()
      assert.deepEqual(
        rows.map(({ label, stock, version, notes }) => [label, stock, version, notes]),
        [
          ['a', 1, 1, null],
          ['b', 2, 2, 'kept'],
          ['c', 3, 1, null],
        ],
      )
    })

    it('have keys of several columns, and keys that the repository makes', async () => {
      const seats = repositoryOf(db, Seat)
      await seats.insert({ hall: 'west', number: 7 })
      await seats.update({ hall: 'west', number: 7 }, { taken: true })
      assert.equal((await seats.get({ number: 7, hall: 'west' })).taken, true)
      await assert.rejects(seats.update({ hall: 'west', number: 8 }, { taken: true }), { code: 'ROW_NOT_FOUND' })
      assert.equal(await seats.delete({ hall: 'west', number: 7 }), true)
      const tickets = repositoryOf(db, Ticket)
      const [first, second] = [await tickets.insert({ holder: 'ann' }), await tickets.insert({ holder: 'bob' })]
      assert.deepEqual(await tickets.get(second.id), second)
      assert.match(first.id, /^[\da-f]{8}-[\da-f]{4}-7/)
    })

    it('are part of the transaction that they are called in', async () => {
      const undone = db.transaction(async () => {
        await bottles().insert({ label: 'never' })
        throw new Error('no')
      })
      await assert.rejects(undone, /no/)
      assert.deepEqual((await bottles().page()).rows, [])
    })

    it('are asked of a database that forgets no reference', async () => {
      await assert.rejects(bottles().insert({ label: 'lost', shelf: 'nowhere' }), { code: 'SQL_CONSTRAINT' })
      await repositoryOf(db, Shelf).insert({ code: 'A1', room: 2 })
      assert.equal((await bottles().insert({ label: 'found', shelf: 'A1' })).shelf, 'A1')
    })

    describe('drafts', () => {
      const Before = defineModel('m_draft', {
        id: column.id(),
        owner: column.text({ max: 20 }),
        amount: column.integer(),
        gone: column.boolean().default(true),
      })
      const both = [...models, Before]
      beforeEach(async () => {
        await sql.raw('drop table if exists m_draft').execute(db.query)
        const { up } = await draftMigration(db, { models: [Before] })
        await migrate(db, {
          migrations: [{ name: `0002-${++drafts}`, up }].map((each) => ({ ...each, name: `${1000 + drafts}-m` })),
        })
      })

      it('apply what only adds, and take it back', async () => {
        const After = defineModel('m_draft', {
          ...Before.columns,
          note: column.text({ max: 80 }).nullable(),
          rank: column.integer().default(3).indexed(),
          version: column.version(),
        })
        const draft = await draftMigration(db, { models: [...models, After] })
        assert.deepEqual(
          draft.changes.map(({ about, reason }) => [about, reason]),
          [
            ['column m_draft.note is not there', undefined],
            ['column m_draft.rank is not there', undefined],
            ['column m_draft.version is not there', undefined],
            ['index over m_draft (rank) is not there', undefined],
          ],
        )
        for (const statement of draft.changes.flatMap(({ up }) => up)) await sql.raw(statement).execute(db.query)
        assert.deepEqual((await draftMigration(db, { models: [...models, After] })).changes, [])
        for (const { down } of draft.changes.toReversed())
          for (const statement of down) await sql.raw(statement).execute(db.query)
        assert.deepEqual((await draftMigration(db, { models: both })).changes, [])
      })

      it('only say what may lose or break something', async () => {
        const { owner: _owner, ...columns } = Before.columns
        const After = defineModel('m_draft', {
          ...columns,
          holder: column.text({ max: 20 }),
          must: column.moment(),
          gone: column.boolean().default(true).unique(),
        })
        const { changes, up } = await draftMigration(db, { models: [After] })
        assert.deepEqual(
          changes.map(({ about }) => about),
          [
            'column m_draft.holder is not there',
            'column m_draft.must is not there',
            changes[2]?.about,
            'unique index over m_draft (gone) is not there',
          ],
        )
        assert.match(changes[2]?.about ?? '', /^column m_draft.owner is in the database alone/)
        assert.match(
          changes[0]?.reason ?? '',
          /was it renamed\? Then: alter table .* rename column .owner. to .holder./,
        )
        assert.ok(changes.every(({ reason }) => reason !== undefined))
        assert.deepEqual(
          up.split('\n').filter((line) => line !== '' && !line.startsWith('--')),
          [],
        )
      })

      it('widen a column, and narrow none', async () => {
        const Wider = defineModel('m_draft', {
          ...Before.columns,
          owner: column.text({ max: 60 }),
          amount: column.bigint(),
        })
        const wider = await draftMigration(db, { models: [Wider] })
        if (db.dialect === 'sqlite') {
          assert.deepEqual(
            wider.changes.map(({ up, reason }) => [up, reason?.slice(0, 6)]),
            [[[], 'SQLite']],
          )
          return
        }
        assert.deepEqual(
          wider.changes.map(({ reason }) => reason),
          [undefined, undefined],
        )
        for (const statement of wider.changes.flatMap(({ up }) => up)) await sql.raw(statement).execute(db.query)
        assert.deepEqual((await draftMigration(db, { models: [Wider] })).changes, [])
        const narrower = await draftMigration(db, { models: [Before] })
        assert.deepEqual(
          narrower.changes.map(({ reason }) => reason === undefined),
          [false, false],
        )
      })

      it('ask about a table that may have another name now', async () => {
        const Other = defineModel('m_other', Before.columns)
        const [change] = (await draftMigration(db, { models: [Other] })).changes
        assert.match(change?.reason ?? '', /table m_draft has the same columns/)
      })
    })
  })
}

let drafts = 0

/** Whether bytes come as a Buffer is the driver's affair. */
function plain<Row extends { seal: Uint8Array | null }>(row: Row | undefined): unknown {
  return row && { ...row, seal: row.seal === null ? null : Uint8Array.from(row.seal) }
}
