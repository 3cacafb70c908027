/** What our database adds to the bare driver, in this runtime: prints the figures as JSON. With metrics on and in a context, as in a service. */
import { DatabaseSync } from 'node:sqlite'
import { createDatabase } from 'genever/database'
import { Registry } from 'genever/telemetry'
import { createPool } from 'mysql2/promise'
import { Pool } from 'pg'
import { measureInterleaved } from '../harness/interleaved.ts'

interface Tables {
  account: { id: number; owner: string; balance: number }
}

/** The same work by the driver alone. */
interface Bare {
  find(id: number): Promise<unknown>
  move(id: number): Promise<unknown>
  end(): Promise<void>
}

const url = process.argv[2] ?? ''
const rounds = Number(process.argv[3] ?? 30)
const lanes = 10
const db = createDatabase<Tables>({ url, meter: new Registry(), pool: { max: lanes } })
await db.query.schema.dropTable('account').ifExists().execute()
await db.query.schema
  .createTable('account')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('owner', 'varchar(40)')
  .addColumn('balance', 'integer')
  .execute()
const rows = Array.from({ length: 1_000 }, (_, id) => ({ id, owner: `owner ${id}`, balance: 0 }))
await db.query.insertInto('account').values(rows).execute()

const select = 'select id, owner, balance from account where id = '
const update = 'update account set balance = balance + 1 where id = '
const bare = bareOf(url)

/** The same text, through our pool, context, deadline and metrics: what Kysely adds is its building of the statement. */
const place = url.startsWith('postgres') ? '$1' : '?'
const findByText = (id: number) => db.run({ sql: `${select}${place}`, parameters: [id], isRead: true })
const find = (id: number) =>
  db.query.selectFrom('account').select(['id', 'owner', 'balance']).where('id', '=', id).executeTakeFirst()
const move = (id: number) =>
  db.transaction(async () => {
    await db.query
      .updateTable('account')
      .set((row) => ({ balance: row('balance', '+', 1) }))
      .where('id', '=', id)
      .execute()
  })

const isEmbedded = url.startsWith('sqlite:')
const cases = [1, lanes].flatMap((parallel) => {
  const calls = isEmbedded ? 200 : 100 * Math.min(parallel, 3)
  const writes = isEmbedded ? 20 : calls / 2
  return [
    { name: 'select, bare', parallel, calls, run: (id: number) => bare.find(id) },
    { name: 'select, as text', parallel, calls, run: findByText },
    { name: 'select', parallel, calls, run: find },
    { name: 'transaction, bare', parallel, calls: writes, run: (id: number) => bare.move(id) },
    { name: 'transaction', parallel, calls: writes, run: move },
  ]
})

console.log(JSON.stringify(await measureInterleaved(cases, { rounds, warmUp: 5 })))
await bare.end()
await db.stop()

function bareOf(address: string): Bare {
  if (address.startsWith('postgres')) return barePostgres(new Pool({ connectionString: address, max: lanes }))
  if (address.startsWith('sqlite:')) return bareSqlite(new DatabaseSync(address.slice('sqlite:'.length)))
  return bareMysql(createPool({ uri: address, connectionLimit: lanes }))
}

function barePostgres(pool: Pool): Bare {
  return {
    find: async (id) => (await pool.query(`${select}$1`, [id])).rows[0],
    async move(id) {
      const client = await pool.connect()
      await client.query('BEGIN')
      await client.query(`${update}$1`, [id])
      await client.query('COMMIT')
      client.release()
    },
    end: () => pool.end(),
  }
}

function bareMysql(pool: ReturnType<typeof createPool>): Bare {
  return {
    find: async (id) => {
      const [found] = await pool.query(`${select}?`, [id])
      return Array.isArray(found) ? found[0] : undefined
    },
    async move(id) {
      const client = await pool.getConnection()
      await client.query('START TRANSACTION')
      await client.query(`${update}?`, [id])
      await client.query('COMMIT')
      client.release()
    },
    end: () => pool.end(),
  }
}

function bareSqlite(file: DatabaseSync): Bare {
  file.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA busy_timeout = 5000')
  const found = file.prepare(`${select}?`)
  const changed = file.prepare(`${update}?`)
  return {
    find: async (id) => found.get(id),
    async move(id) {
      file.exec('BEGIN IMMEDIATE')
      changed.run(id)
      file.exec('COMMIT')
    },
    end: async () => file.close(),
  }
}
