/**
 * database: a table declared once, its migration, a transaction that every query below takes part in, and what happens after its commit.
 *
 *   prints applied 0001-accounts
 *   prints ann gave bob 30.00
 *   prints taken back: ann does not have 1000
 *   prints ann has 70.00
 *   prints bob has 80.00
 *   prints the change of bob was refused: VERSION_CONFLICT
 *   prints deleted: 1 account is left, and 2 are kept
 *   ends
 */
import { rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createDatabase, migrate, repositoryOf } from 'genever/database'
import { Account } from './models.ts'

const folder = join(tmpdir(), `genever-example-${process.pid}`)
const db = createDatabase({ url: `sqlite:${join(folder, 'accounts.db')}`, models: [Account] })

// Written by `genever migrate draft accounts --models models.ts`, then read by a person.
for (const { name } of await migrate(db, { folder: join(import.meta.dirname, 'migrations') }))
  console.log(`applied ${name}`)

const accounts = repositoryOf(db, Account)
const ann = await accounts.insert({ owner: 'ann', cents: 10_000 })
const bob = await accounts.insert({ owner: 'bob', cents: 5_000 })

async function move(from: bigint, to: bigint, cents: number): Promise<void> {
  await db.transaction(async () => {
    const giver = await add(from, -cents)
    const taker = await add(to, cents)
    db.onCommit(() => console.log(`${giver.owner} gave ${taker.owner} ${euros(cents)}`))
    if (giver.cents < 0) throw new Error(`${giver.owner} does not have ${cents / 100}`)
  })
}

/** Knows nothing of transactions, and is part of one where its caller is. */
async function add(id: bigint, cents: number): Promise<{ owner: string; cents: number }> {
  await db.query
    .updateTable('account')
    .set((row) => ({ cents: row('cents', '+', cents) }))
    .where('id', '=', id)
    .execute()
  return await accounts.get(id)
}

function euros(cents: number): string {
  return (cents / 100).toFixed(2)
}

await move(ann.id, bob.id, 3_000)
await move(ann.id, bob.id, 100_000).catch((error: Error) => console.log(`taken back: ${error.message}`))

let after: string | undefined
do {
  const page = await accounts.page({ by: [{ column: 'owner' }], limit: 1, after })
  for (const { owner, cents } of page.rows) console.log(`${owner} has ${euros(cents)}`)
  after = page.next
} while (after !== undefined)

// Two people read bob's account; the second one to write has decided by what is no longer there.
await accounts.update(bob.id, { version: bob.version, owner: 'robert' })
await accounts
  .update(bob.id, { version: bob.version, owner: 'bobby' })
  .catch(({ code }: { code: string }) => console.log(`the change of bob was refused: ${code}`))

await accounts.delete(bob.id)
const left = await accounts.select().execute()
const kept = await accounts.withDeleted.select().execute()
console.log(`deleted: ${left.length} account is left, and ${kept.length} are kept`)

await db.stop()
rmSync(folder, { recursive: true })
