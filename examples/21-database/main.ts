/**
 * database: typed SQL in a file; a transaction that every query below takes part in, and what happens after its commit.
 *
 *   prints ann gave bob 30
 *   prints taken back: ann does not have 1000
 *   prints ann has 70
 *   prints bob has 80
 *   ends
 */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase } from 'genever/database'

interface Tables {
  account: { owner: string; balance: number }
}

const file = join(tmpdir(), `genever-example-${process.pid}.db`)
const db = createDatabase<Tables>({ url: `sqlite:${file}` })
await db.query.schema
  .createTable('account')
  .addColumn('owner', 'varchar(40)', (column) => column.primaryKey())
  .addColumn('balance', 'integer', (column) => column.notNull())
  .execute()
await db.query
  .insertInto('account')
  .values([
    { owner: 'ann', balance: 100 },
    { owner: 'bob', balance: 50 },
  ])
  .execute()

async function move(from: string, to: string, amount: number): Promise<void> {
  await db.transaction(async () => {
    await add(from, -amount)
    await add(to, amount)
    db.onCommit(() => console.log(`${from} gave ${to} ${amount}`))
    const { balance } = await db.query
      .selectFrom('account')
      .select('balance')
      .where('owner', '=', from)
      .executeTakeFirstOrThrow()
    if (balance < 0) throw new Error(`${from} does not have ${amount}`)
  })
}

/** Knows nothing of transactions, and is part of one where its caller is. */
async function add(owner: string, amount: number): Promise<void> {
  await db.query
    .updateTable('account')
    .set((row) => ({ balance: row('balance', '+', amount) }))
    .where('owner', '=', owner)
    .execute()
}

await move('ann', 'bob', 30)
await move('ann', 'bob', 1_000).catch((error: Error) => console.log(`taken back: ${error.message}`))
for (const { owner, balance } of await db.query.selectFrom('account').selectAll().execute()) {
  console.log(`${owner} has ${balance}`)
}
await db.stop()
rmSync(file)
