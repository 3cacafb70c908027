/**
 * cache: a slow catalogue made quick, and right again the moment it changes.
 *
 *   prints 1,000 customers at once, 1 look at the catalogue: Gin, 25.00
 *   prints no such thing, asked 100 times: 1 look
 *   prints rolled back: Gin, 25.00
 *   prints after the commit: Gin, 19.90
 *   prints views saved: 2 batches for 150 clicks
 *   ends
 */
import { createCache } from 'genever/cache'
import { createDatabase } from 'genever/database'

interface Product {
  sku: string
  name: string
  cents: number
}
const db = createDatabase<{ products: Product }>({ url: 'sqlite::memory:' })
await db.start()
await db.query.schema
  .createTable('products')
  .addColumn('sku', 'text')
  .addColumn('name', 'text')
  .addColumn('cents', 'integer')
  .execute()
await db.query.insertInto('products').values({ sku: 'gin', name: 'Gin', cents: 2_500 }).execute()

// In memory; with `createCache({ store: redisCacheStore({ redis }) })` all processes share it.
const cache = createCache()
let looks = 0
const products = cache.region('product', {
  ttlMs: 60_000,
  staleMs: 600_000,
  load: (sku: string) => {
    looks++
    return db.query.selectFrom('products').selectAll().where('sku', '=', sku).executeTakeFirst()
  },
})
const show = (product: Product | undefined): string =>
  product === undefined ? 'nothing' : `${product.name}, ${(product.cents / 100).toFixed(2)}`

// 1. Whoever asks at the same time shares one look.
const [first] = await Promise.all(Array.from({ length: 1_000 }, () => products.get('gin')))
console.log(`1,000 customers at once, ${looks} look at the catalogue: ${show(first)}`)

// 2. What does not exist is remembered, too.
looks = 0
for (let call = 0; call < 100; call++) await products.get('unicorn')
console.log(`no such thing, asked 100 times: ${looks} look`)

// 3. A change is seen when it is committed, and not before.
const reprice = (cents: number, fails: boolean): Promise<void> =>
  db.transaction(async () => {
    await db.query.updateTable('products').set({ cents }).where('sku', '=', 'gin').execute()
    products.deleteAfterCommit(db, 'gin')
    if (fails) throw new Error('changed my mind')
  })
await reprice(1, true).catch(() => undefined)
console.log(`rolled back: ${show(await products.get('gin'))}`)
await reprice(1_990, false)
console.log(`after the commit: ${show(await products.get('gin'))}`)

// 4. What may be lost in a crash is saved later, many at a time.
let batches = 0
const views = cache.region<number>('views', {
  writeBehind: { maxBatch: 100, saveMany: async () => void batches++ },
})
for (let click = 0; click < 150; click++) await views.write(`page-${click}`, 1)
await cache.drain(AbortSignal.timeout(5_000))
console.log(`views saved: ${batches} batches for 150 clicks`)
await cache.stop()
await db.stop()
