/**
 * lock: one at a time, and what happens to one who slept through the end of its lease.
 *
 *   prints 5 of 5 invoices have a number of their own
 *   prints the lock is taken: LOCK_BUSY
 *   prints the next holder has a larger token: true
 *   prints the late write: STALE_TOKEN
 *   prints the invoice says: written by the second
 *   ends
 */
import type { ServiceError } from 'genever/foundation'
import { createLocks, fenceSqlite, sqliteLockStore } from 'genever/lock'
import { openSql } from 'genever/platform'

// A file is shared by all processes of a machine; `redisLockStore` and `postgresLockStore` are shared by machines.
const database = openSql('invoices.db')
database.exec('CREATE TABLE IF NOT EXISTS invoices (id TEXT PRIMARY KEY, text TEXT)')
const locks = createLocks({ store: sqliteLockStore({ database }), leaseMs: 200 })

// 1. One at a time: without the lock two of them would take the same number.
let last = 0
const numbers = await Promise.all(
  ['a', 'b', 'c', 'd', 'e'].map(() =>
    locks.withLock('numbers', async () => {
      const number = last + 1
      await new Promise((resolve) => setTimeout(resolve, 5))
      last = number
      return number
    }),
  ),
)
console.log(`${new Set(numbers).size} of 5 invoices have a number of their own`)

// 2. Held by another.
const first = await locks.acquire('invoice:7')
console.log(
  `the lock is taken: ${await locks.acquire('invoice:7', { waitMs: 20 }).catch((error: ServiceError) => error.code)}`,
)

// 3. A process that is stopped, or blocks its only thread, does not renew its lease. Another gets the lock and writes.
Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 300)
const others = createLocks({ store: sqliteLockStore({ database: 'invoices.db' }) })
const second = await others.acquire('invoice:7')
console.log(`the next holder has a larger token: ${second.token > first.token}`)

// 4. The fence stands where the write happens, and in the same transaction.
function write(text: string, token: number): void {
  database.transaction(() => {
    fenceSqlite(database, { resource: 'invoice:7', token })
    database.prepare('INSERT OR REPLACE INTO invoices VALUES (?, ?)').run(['invoice:7', text])
  })
}
write('written by the second', second.token)
try {
  write('written by the first', first.token)
} catch (error) {
  console.log(`the late write: ${(error as ServiceError).code}`)
}
const invoice = database.prepare<{ text: string }>('SELECT text FROM invoices').get()
console.log(`the invoice says: ${invoice?.text}`)
await Promise.all([locks.stop(), others.stop()])
