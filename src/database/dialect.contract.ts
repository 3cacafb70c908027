/** What every database must do, whichever dialect stands below it. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { type ColumnType, sql } from 'kysely'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { Registry } from '../telemetry/registry.ts'
import type { Database, DatabaseParts } from './database.ts'
import { ConstraintError } from './database-error.ts'
import { insertMany } from './insert-many.ts'
import { type Page, readPage } from './read-page.ts'
import { restoreDeleted, softDelete } from './soft-delete.ts'
import { updateVersioned } from './update-versioned.ts'
import { upsert } from './upsert.ts'

export interface AccountTable {
  id: number
  owner: string
  balance: ColumnType<bigint, bigint | number, bigint | number>
}

/** `document` goes in as text and comes back as a value. */
export interface ValueTable {
  id: number
  whole: bigint | null
  exact: string | null
  moment: Date | null
  document: unknown
  flag: boolean | null
  bytes: Uint8Array | null
}

export interface ContractTables {
  account: AccountTable
  value_row: ValueTable
}

export interface DialectUnderTest {
  readonly name: string
  /** Types of columns, as this database calls them. */
  readonly types: Readonly<Record<'bigint' | 'decimal' | 'moment' | 'document' | 'flag' | 'bytes', string>>
  open(parts?: Partial<DatabaseParts>): Promise<Database<ContractTables>>
  close(database: Database<ContractTables>): Promise<void>
}

export function describeDialect({ name, types, open, close }: DialectUnderTest): void {
  describe(`${name}: a database`, () => {
    let db: Database<ContractTables>
    before(async () => {
      db = await open()
      await sql.raw('drop table if exists account').execute(db.query)
      await sql.raw('drop table if exists value_row').execute(db.query)
      await sql
        .raw(
          `create table account (id integer primary key, owner varchar(40) not null unique, balance ${types.bigint} not null)`,
        )
        .execute(db.query)
      await sql
        .raw(
          `create table value_row (id integer primary key, whole ${types.bigint}, exact ${types.decimal}, moment ${types.moment}, document ${types.document}, flag ${types.flag}, bytes ${types.bytes})`,
        )
        .execute(db.query)
    })
    after(() => close(db))
    beforeEach(async () => {
      await db.query.deleteFrom('account').execute()
      await db.query
        .insertInto('account')
        .values([row(1, 'ann', 100), row(2, 'bob', 50)])
        .execute()
    })

    const balances = async (): Promise<Record<string, number>> => {
      const rows = await db.query.selectFrom('account').select(['owner', 'balance']).orderBy('id').execute()
      return Object.fromEntries(rows.map(({ owner, balance }) => [owner, Number(balance)]))
    }
    const add = async (id: number, amount: number): Promise<void> => {
      await db.query
        .updateTable('account')
        .set((e) => ({ balance: e('balance', '+', amount as unknown as bigint) }))
        .where('id', '=', id)
        .execute()
    }

    it('commits what a transaction did, and all of it', async () => {
      await db.transaction(async () => {
        await add(1, -30)
        await add(2, 30)
      })
      assert.deepEqual(await balances(), { ann: 70, bob: 80 })
    })

    it('takes all of it back when the function throws, and throws that', async () => {
      const refused = new Error('no')
      const failing = db.transaction(async () => {
        await add(1, -30)
        throw refused
      })
      await assert.rejects(failing, refused)
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('keeps a write that was acknowledged beside a transaction that is taken back', async () => {
      const inside = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const rolledBack = db
        .transaction(async () => {
          await add(1, -30)
          inside.resolve()
          await goOn.promise
          throw new Error('no')
        })
        .catch(() => 'rolled back')
      await inside.promise
      const acknowledged = add(2, 7)
      goOn.resolve()
      assert.equal(await rolledBack, 'rolled back')
      await acknowledged
      assert.deepEqual(await balances(), { ann: 100, bob: 57 })
    })

    it('shows nobody else what is not committed', async () => {
      const inside = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const running = db.transaction(async () => {
        await add(1, -30)
        assert.deepEqual(await balances(), { ann: 70, bob: 50 })
        inside.resolve()
        await goOn.promise
      })
      await inside.promise
      if (db.connections.max > 1) assert.deepEqual(await balances(), { ann: 100, bob: 50 })
      goOn.resolve()
      await running
      assert.deepEqual(await balances(), { ann: 70, bob: 50 })
    })

    it('takes a nested transaction back by itself', async () => {
      await db.transaction(async () => {
        await add(1, -10)
        await assert.rejects(
          db.transaction(async () => {
            await add(2, 1_000)
            throw new Error('only this')
          }),
          /only this/,
        )
        await add(2, 10)
      })
      assert.deepEqual(await balances(), { ann: 90, bob: 60 })
    })

    it('lets nested transactions that were started together run one after the other', async () => {
      await db.transaction(async () => {
        const results = await Promise.allSettled([
          db.transaction(() => add(1, 1)),
          db.transaction(async () => {
            await add(1, 10)
            throw new Error('no')
          }),
          db.transaction(() => add(1, 100)),
        ])
        assert.deepEqual(
          results.map(({ status }) => status),
          ['fulfilled', 'rejected', 'fulfilled'],
        )
      })
      assert.deepEqual(await balances(), { ann: 201, bob: 50 })
    })

    it('calls what waits for the commit after it, and what waits for the opposite only then', async () => {
      const told: string[] = []
      await db.transaction(async () => {
        db.onCommit(async () => void told.push(`committed, ann has ${(await balances()).ann}`))
        db.onRollback(() => void told.push('never'))
        await add(1, 1)
        await db
          .transaction(async () => {
            db.onCommit(() => void told.push('never'))
            db.onRollback(() => void told.push('nested taken back'))
            throw new Error('no')
          })
          .catch(() => undefined)
        told.push('end of the function')
      })
      assert.deepEqual(told, ['nested taken back', 'end of the function', 'committed, ann has 101'])
    })

    it('commits nothing when a statement was not awaited', async () => {
      const forgetful = db.transaction(async () => {
        void add(1, 5).catch(() => undefined)
      })
      await assert.rejects(forgetful, { code: 'TRANSACTION_UNAWAITED' })
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('refuses a statement of a transaction that has ended', async () => {
      const outlived = Promise.withResolvers<void>()
      let late: Promise<void> | undefined
      await db.transaction(async () => {
        late = outlived.promise.then(() => add(1, 5))
      })
      outlived.resolve()
      await assert.rejects(late ?? Promise.resolve(), { code: 'TRANSACTION_ENDED' })
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('begins no statement for a caller that has given up', async () => {
      const context = new Context()
      context.cancel()
      await assert.rejects(
        context.run(() => add(1, 5)),
        { code: 'CANCELLED' },
      )
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('takes a transaction back whose deadline has passed', async () => {
      const late = db.transaction(
        async () => {
          await add(1, 5)
          await new Promise((resolve) => setTimeout(resolve, 40))
          await add(2, 5)
        },
        { timeoutMs: 20 },
      )
      await assert.rejects(late, { code: 'DEADLINE_EXCEEDED' })
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('says which kind of rule a change breaks, and goes on after it', async () => {
      const twice = db.query
        .insertInto('account')
        .values(row(3, 'ann', 1))
        .execute()
      await assert.rejects(twice, (error) => {
        assert.ok(error instanceof ConstraintError)
        assert.equal(error.code, 'SQL_CONSTRAINT')
        assert.equal(error.status, 409)
        assert.equal(error.kind, 'unique')
        return true
      })
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
    })

    it('says that a statement is wrong without telling the caller of the schema', async () => {
      await assert.rejects(sql.raw('select nothing from nowhere').execute(db.query), (error) => {
        assert.ok(error instanceof ServiceError)
        assert.equal(error.code, 'SQL_FAILED')
        assert.doesNotMatch(error.message, /nowhere/)
        return true
      })
    })

    it('counts the rows that a change touched', async () => {
      const { numUpdatedRows } = await db.query.updateTable('account').set({ balance: 1 }).executeTakeFirstOrThrow()
      assert.equal(numUpdatedRows, 2n)
    })

    it('repeats a transaction that another one was in the way of', async () => {
      let runs = 0
      await db.transaction(async () => {
        await add(1, 1)
        runs++
        if (runs < 3) throw new ServiceError('SQL_SERIALIZATION', 'as the database would say it', { retryable: true })
      })
      assert.equal(runs, 3)
      assert.deepEqual(await balances(), { ann: 101, bob: 50 })
    })

    it('loses no update of many transactions at once', async () => {
      const one = async (): Promise<void> => {
        await db.transaction(
          async () => {
            const { balance } = await db.query
              .selectFrom('account')
              .select('balance')
              .where('id', '=', 1)
              .executeTakeFirstOrThrow()
            await db.query
              .updateTable('account')
              .set({ balance: BigInt(balance) + 1n })
              .where('id', '=', 1)
              .execute()
          },
          { isolation: 'serializable', attempts: 50 },
        )
      }
      await Promise.all(Array.from({ length: 12 }, one))
      assert.deepEqual(await balances(), { ann: 112, bob: 50 })
    })

    it('streams rows in pieces, inside of a transaction too', async () => {
      const many = Array.from({ length: 250 }, (_, index) => row(index + 10, `n${index}`, index))
      const sumOf = async (): Promise<number> => {
        let sum = 0
        for await (const { balance } of db.query.selectFrom('account').selectAll().where('id', '>=', 10).stream(40))
          sum += Number(balance)
        return sum
      }
      await db.query.insertInto('account').values(many).execute()
      assert.equal(await sumOf(), (249 * 250) / 2)
      assert.equal(await db.transaction(sumOf), (249 * 250) / 2)
    })

    const moment = new Date('2026-11-28T07:08:09.123Z')
    const values: { put: ValueTable; why: string }[] = [
      { put: value({ id: 1, whole: 9_007_199_254_740_993n }), why: 'an integer beyond what a number holds' },
      { put: value({ id: 2, whole: -9_223_372_036_854_775_808n }), why: 'the least of 64 bits' },
      { put: value({ id: 3, exact: '12345678901234.1000' }), why: 'a decimal beyond what a number holds' },
      { put: value({ id: 4, moment }), why: 'a moment, to the millisecond, whatever zone this machine is in' },
      { put: value({ id: 5, flag: true }), why: 'true' },
      { put: value({ id: 6, flag: false }), why: 'false, which is not null' },
      { put: value({ id: 7, bytes: new Uint8Array([0, 255, 10, 39]) }), why: 'bytes that are no text' },
      { put: value({ id: 8 }), why: 'nothing' },
    ]
    for (const { put, why } of values) {
      it(`gives back ${why}`, async () => {
        await db.query.deleteFrom('value_row').execute()
        await db.query.insertInto('value_row').values(put).execute()
        const got = await db.query.selectFrom('value_row').selectAll().executeTakeFirstOrThrow()
        assert.deepEqual(plain(got), plain(put))
      })
    }

    it('gives back a document', async () => {
      const document = { a: [1, 'zwei', null], b: { c: true } }
      await db.query.deleteFrom('value_row').execute()
      await db.query
        .insertInto('value_row')
        .values(value({ id: 9, document: JSON.stringify(document) }))
        .execute()
      const got = await db.query.selectFrom('value_row').select('document').executeTakeFirstOrThrow()
      assert.deepEqual(got.document, document)
    })

    it('measures each statement, those that fail by their code, and the pool', async () => {
      const meter = new Registry()
      const measured = await open({ meter, name: 'measured' })
      try {
        await sql.raw('create table if not exists measured_row (id integer primary key)').execute(measured.query)
        await measured.transaction(async () => {
          await sql.raw('select * from measured_row').execute(measured.query)
        })
        await sql
          .raw('select nothing from nowhere')
          .execute(measured.query)
          .catch(() => undefined)
        const text = prometheusText(meter.snapshot())
        const ended = (operation: string, collection = '', error = ''): RegExp =>
          new RegExp(
            `^db_client_operation_duration_seconds_count\\{pool="measured",db_system_name="\\w+",db_operation_name="${operation}",db_collection_name="${collection}",error_type="${error}"\\} 1$`,
            'm',
          )
        assert.match(text, ended('SELECT', 'measured_row'))
        assert.match(text, ended('SELECT', 'nowhere', 'SQL_FAILED'))
        assert.match(text, ended('COMMIT'))
        assert.match(text, /^db_client_connections\{pool="measured",state="idle"\} [1-9]/m)
        assert.match(text, /^db_client_connection_wait_time_seconds_count\{pool="measured"\} 3$/m)
      } finally {
        await close(measured)
      }
    })

    it('reads pages behind a row, so that none is seen twice or left out, whatever comes and goes meanwhile', async () => {
      const many = Array.from({ length: 9 }, (_, index) => row(index + 10, `n${index}`, 1_000 + Math.floor(index / 3)))
      await db.query.insertInto('account').values(many).execute()
      const page = async (after?: string): Promise<Page<{ id: number; balance: bigint }>> =>
        await readPage(db.query.selectFrom('account').select(['id', 'balance']).where('balance', '>=', 1_000n), {
          by: [{ column: 'balance', direction: 'desc' }, { column: 'id' }],
          limit: 4,
          after,
          secret: 'of this test',
        })
      const first = await page()
      await db.query
        .insertInto('account')
        .values(row(99, 'richest', 5_000))
        .execute()
      await db.query.deleteFrom('account').where('id', '=', 16).execute()
      const second = await page(first.next)
      const third = await page(second.next)
      const ids = [first, second, third].map(({ rows }) => rows.map(({ id }) => id))
      assert.deepEqual(ids, [[16, 17, 18, 13], [14, 15, 10, 11], [12]])
      assert.equal(third.next, undefined)
    })

    it('changes a row that nobody has changed since it was read, and no other', async () => {
      const change = { key: { id: 1 }, version: 100n, set: { owner: 'anna' }, versionColumn: 'balance' }
      await updateVersioned(db, 'account', change)
      assert.deepEqual(await balances(), { anna: 101, bob: 50 })
      await assert.rejects(updateVersioned(db, 'account', { ...change, set: { owner: 'late' } }), {
        code: 'VERSION_CONFLICT',
        status: 409,
      })
      assert.deepEqual(await balances(), { anna: 101, bob: 50 })
    })

    it('inserts more rows than one statement holds, and none if one of them is refused', async () => {
      const many = Array.from({ length: 2_500 }, (_, index) => row(index + 10, `n${index}`, 1))
      await assert.rejects(insertMany(db, 'account', [...many, row(9_999, 'ann', 1)]), { code: 'SQL_CONSTRAINT' })
      assert.deepEqual(await balances(), { ann: 100, bob: 50 })
      assert.equal(await insertMany(db, 'account', many), 2_500)
      assert.equal(Object.keys(await balances()).length, 2_502)
      assert.equal(await insertMany(db, 'account', []), 0)
    })

    it('refuses rows together that do not have the same columns', async () => {
      const rows = [
        { id: 3, owner: 'cid', balance: 1 },
        { id: 4, owner: 'dan' },
      ]
      await assert.rejects(insertMany(db, 'account', rows), { code: 'BAD_ROWS', message: /Row 2 of 2/ })
    })

    const upserts: { options: { set?: string[]; versionColumn?: string }; ann: number; why: string }[] = [
      { options: {}, ann: 7, why: 'has the new values' },
      { options: { set: [] }, ann: 100, why: 'stays as it is, where nothing is to be set' },
      { options: { set: ['owner'], versionColumn: 'balance' }, ann: 101, why: 'has a version that went up by one' },
    ]
    for (const { options, ann, why } of upserts) {
      it(`inserts what is not there; what is there ${why}`, async () => {
        const rows = [row(1, 'ann', 7), row(3, 'cid', 9)]
        await upsert(db, 'account', { rows, key: ['id'], ...options })
        assert.deepEqual(await balances(), { ann, bob: 50, cid: 9 })
      })
    }

    it('marks a row as deleted once, and brings it back', async () => {
      const row = { key: { id: 1 }, column: 'moment' }
      await db.query.deleteFrom('value_row').execute()
      await db.query
        .insertInto('value_row')
        .values([value({ id: 1 }), value({ id: 2 })])
        .execute()
      const at = new Date('2026-11-28T07:08:09.123Z')
      assert.equal(await softDelete(db, 'value_row', { ...row, at }), true)
      assert.equal(await softDelete(db, 'value_row', row), false)
      const moments = await db.query.selectFrom('value_row').select('moment').orderBy('id').execute()
      assert.deepEqual(moments, [{ moment: at }, { moment: null }])
      assert.equal(await restoreDeleted(db, 'value_row', row), true)
      assert.equal(await restoreDeleted(db, 'value_row', row), false)
    })

    it('gives each connection back', async () => {
      const { used, waiting } = db.connections
      assert.deepEqual({ used, waiting }, { used: 0, waiting: 0 })
    })

    it('says that it is well', async () => {
      assert.equal((await db.health()).status, 'UP')
    })
  })
}

function row(id: number, owner: string, balance: number): { id: number; owner: string; balance: number } {
  return { id, owner, balance }
}

function value(known: Partial<ValueTable> & { id: number }): ValueTable {
  return { whole: null, exact: null, moment: null, document: null, flag: null, bytes: null, ...known }
}

/** Whether bytes come as a Buffer is the driver's affair. */
function plain(got: ValueTable): ValueTable {
  return { ...got, bytes: got.bytes === null ? null : Uint8Array.from(got.bytes) }
}
