/** Drizzle and Kysely on one database take part in the same transactions. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { eq } from 'drizzle-orm'
import * as mysqlCore from 'drizzle-orm/mysql-core'
import { drizzle as overMysql } from 'drizzle-orm/mysql-proxy'
import * as pgCore from 'drizzle-orm/pg-core'
import { drizzle as overPostgres } from 'drizzle-orm/pg-proxy'
import * as sqliteCore from 'drizzle-orm/sqlite-core'
import { drizzle as overSqlite } from 'drizzle-orm/sqlite-proxy'
import { sql } from 'kysely'
import { createDatabase } from '../create-database.ts'
import type { Database } from '../database.ts'
import type { DialectName } from '../dialect.ts'
import { drizzleQuery } from './drizzle.ts'

interface Tables {
  d_person: { id: number; name: string; since: unknown; big: unknown }
}

interface Person {
  readonly id: number
  readonly name: string
  readonly since: Date | null
  readonly big: bigint | null
}

/** Drizzle's types of three databases do not fit each other: what the tests do is written once for each. */
interface Orm {
  add(person: Person): Promise<unknown>
  all(): Promise<Person[]>
  /** A join whose columns have the same names. */
  pairs(): Promise<{ left: number; right: number }[]>
  rename(id: number, name: string): Promise<unknown>
  ownTransaction(): Promise<unknown>
}

export function describeDrizzle({ name, url }: { readonly name: string; url(): string }): void {
  describe(`${name}: Drizzle beside Kysely`, () => {
    let db: Database<Tables>
    let orm: Orm
    before(async () => {
      db = createDatabase<Tables>({ url: url() })
      const { since, big } = types[db.dialect]
      await sql.raw('drop table if exists d_person').execute(db.query)
      await sql
        .raw(`create table d_person (id integer primary key, name varchar(40), since ${since}, big ${big})`)
        .execute(db.query)
      orm = orms[db.dialect](db)
    })
    after(() => db.stop())
    beforeEach(async () => void (await db.query.deleteFrom('d_person').execute()))
    const names = async (): Promise<string[]> =>
      (await db.query.selectFrom('d_person').select('name').orderBy('id').execute()).map((row) => row.name)
    const ann = { id: 1, name: 'ann', since: new Date('2026-11-28T07:08:09.123Z'), big: 9_007_199_254_740_993n }
    const byKysely = (id: number, name: string) =>
      db.query.insertInto('d_person').values({ id, name, since: null, big: null }).execute()

    it('reads what it wrote: moments and integers of 64 bits, too', async () => {
      await orm.add(ann)
      assert.deepEqual(await orm.all(), [ann])
    })

    it('keeps columns of one name apart', async () => {
      await orm.add(ann)
      await byKysely(2, 'bob')
      const pairs = await orm.pairs()
      assert.deepEqual(pairs.map(({ left, right }) => left * 10 + right).sort(), [11, 12, 21, 22])
    })

    it('commits with Kysely, before what waits for the commit', async () => {
      const told: string[] = []
      await db.transaction(async () => {
        db.onCommit(async () => void told.push(...(await names())))
        await orm.add(ann)
        await byKysely(2, 'bob')
        await orm.rename(2, 'bert')
        assert.equal((await orm.all()).length, 2)
      })
      assert.deepEqual(told, ['ann', 'bert'])
    })

    it('is taken back with Kysely, and a savepoint takes back its own', async () => {
      const undone = db.transaction(async () => {
        await orm.add(ann)
        await byKysely(2, 'bob')
        throw new Error('no')
      })
      await assert.rejects(undone, /no/)
      assert.deepEqual(await names(), [])
      await db.transaction(async () => {
        await byKysely(2, 'bob')
        await db
          .transaction(async () => {
            await orm.add(ann)
            throw new Error('only this')
          })
          .catch(() => undefined)
      })
      assert.deepEqual(await names(), ['bob'])
    })

    it('begins no transaction of its own, which would be another one', async () => {
      await assert.rejects(orm.ownTransaction())
      assert.deepEqual(await names(), [])
    })
  })
}

const types: Readonly<Record<DialectName, { since: string; big: string }>> = {
  sqlite: { since: 'integer', big: 'bigint' },
  postgres: { since: 'timestamptz(3)', big: 'bigint' },
  mysql: { since: 'datetime(3)', big: 'bigint' },
}

const orms: Readonly<Record<DialectName, (db: Database<Tables>) => Orm>> = {
  sqlite(db) {
    const { sqliteTable, integer, text, customType, alias } = sqliteCore
    const whole = customType<{ data: bigint; driverData: bigint | number }>({
      dataType: () => 'bigint',
      fromDriver: BigInt,
    })
    const people = sqliteTable('d_person', {
      id: integer().primaryKey(),
      name: text().notNull(),
      since: integer({ mode: 'timestamp_ms' }),
      big: whole(),
    })
    const orm = overSqlite(drizzleQuery(db))
    const other = alias(people, 'other')
    return {
      add: (person) => orm.insert(people).values(person),
      all: () => orm.select().from(people),
      pairs: () =>
        orm.select({ left: people.id, right: other.id }).from(people).innerJoin(other, eq(other.id, other.id)),
      rename: (id, name) => orm.update(people).set({ name }).where(eq(people.id, id)),
      ownTransaction: () => orm.transaction((tx) => tx.insert(people).values({ id: 9, name: 'nobody' })),
    }
  },
  postgres(db) {
    const { pgTable, integer, varchar, timestamp, bigint, alias } = pgCore
    const people = pgTable('d_person', {
      id: integer().primaryKey(),
      name: varchar({ length: 40 }).notNull(),
      since: timestamp({ withTimezone: true }),
      big: bigint({ mode: 'bigint' }),
    })
    const orm = overPostgres(drizzleQuery(db))
    const other = alias(people, 'other')
    return {
      add: (person) => orm.insert(people).values(person),
      all: () => orm.select().from(people),
      pairs: () =>
        orm.select({ left: people.id, right: other.id }).from(people).innerJoin(other, eq(other.id, other.id)),
      rename: (id, name) => orm.update(people).set({ name }).where(eq(people.id, id)),
      ownTransaction: () => orm.transaction((tx) => tx.insert(people).values({ id: 9, name: 'nobody' })),
    }
  },
  mysql(db) {
    const { mysqlTable, int, varchar, datetime, bigint, alias } = mysqlCore
    const people = mysqlTable('d_person', {
      id: int().primaryKey(),
      name: varchar({ length: 40 }).notNull(),
      since: datetime({ fsp: 3 }),
      big: bigint({ mode: 'bigint' }),
    })
    const orm = overMysql(drizzleQuery(db))
    const other = alias(people, 'other')
    return {
      add: (person) => orm.insert(people).values(person),
      all: () => orm.select().from(people),
      pairs: () =>
        orm.select({ left: people.id, right: other.id }).from(people).innerJoin(other, eq(other.id, other.id)),
      rename: (id, name) => orm.update(people).set({ name }).where(eq(people.id, id)),
      ownTransaction: () => orm.transaction((tx) => tx.insert(people).values({ id: 9, name: 'nobody' })),
    }
  },
}
