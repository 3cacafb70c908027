import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client, type RunningService } from 'genever'
import type { ClientOf } from 'genever/api'
import { openSql } from 'genever/platform'
import { inventoryApi } from '../inventory/api.ts'
import { createInventory } from '../inventory/service.ts'
import { testFolder } from '../kit/test-folder.ts'
import { ordersApi } from './api.ts'
import { createOrders } from './service.ts'

const ada = { 'x-user-id': crypto.randomUUID() }
const bob = { 'x-user-id': crypto.randomUUID() }

describe('orders', () => {
  const folder = testFolder()
  let runningInventory: RunningService
  let running: RunningService
  let inventory: ClientOf<typeof inventoryApi>
  let orders: ClientOf<typeof ordersApi>

  const start = async (): Promise<void> => {
    running = await createOrders({ resolve: () => runningInventory.url }).start({ config: { folder: folder.path } })
    orders = client(ordersApi, { url: running.url })
  }
  const stockOf = async (sku: string): Promise<number> => (await inventory.getProduct({ params: { sku } })).stock
  const wanted = (sku: string, quantity = 1) => ({ lines: [{ sku, quantity }] })

  before(async () => {
    runningInventory = await createInventory().start({ config: { folder: folder.path } })
    inventory = client(inventoryApi, { url: runningInventory.url })
    await start()
  })
  after(async () => {
    await running.stop()
    await runningInventory.stop()
    folder.remove()
  })

  it('places an order at the prices of inventory and takes the goods off the stock', async () => {
    const before = await stockOf('gin-london-70')
    const lines = [
      { sku: 'gin-london-70', quantity: 2 },
      { sku: 'mix-tonic-4', quantity: 1 },
    ]
    const order = await orders.place({ headers: ada, body: { lines } })
    assert.deepEqual(order.total, { amount: 2 * 2490 + 495, currency: 'EUR' })
    assert.equal(await stockOf('gin-london-70'), before - 2)
    assert.deepEqual(await orders.read({ headers: ada, params: { id: order.id } }), order)
  })

  it('shows an order to nobody but its owner', async () => {
    const { id } = await orders.place({ headers: ada, body: wanted('tool-jigger') })
    await assert.rejects(orders.read({ headers: bob, params: { id } }), { code: 'UNKNOWN_ORDER', status: 404 })
    assert.deepEqual(await orders.list({ headers: bob }), { items: [], next: null })
  })

  it('places one order for one key, however often it is asked', async () => {
    const headers = { ...ada, 'idempotency-key': 'one' }
    const before = await stockOf('tool-spoon')
    const answers = await Promise.all([1, 2, 3].map(() => orders.place({ headers, body: wanted('tool-spoon') })))
    assert.equal(new Set(answers.map(({ id }) => id)).size, 1)
    assert.equal(await stockOf('tool-spoon'), before - 1)
  })

  it('refuses a key that was used for another order', async () => {
    const headers = { ...ada, 'idempotency-key': 'two' }
    await orders.place({ headers, body: wanted('tool-peeler') })
    await assert.rejects(orders.place({ headers, body: wanted('tool-peeler', 2) }), {
      code: 'IDEMPOTENCY_KEY_REUSED',
      status: 422,
    })
  })

  it('lets two users choose the same key', async () => {
    const key = { 'idempotency-key': 'mine' }
    const body = wanted('food-olives')
    const [one, other] = [
      await orders.place({ headers: { ...ada, ...key }, body }),
      await orders.place({ headers: { ...bob, ...key }, body }),
    ]
    assert.notEqual(one.id, other.id)
  })

  it('passes on that there is not enough, and places nothing', async () => {
    const carol = { 'x-user-id': crypto.randomUUID() }
    await assert.rejects(orders.place({ headers: carol, body: wanted('gen-single-50', 9) }), {
      code: 'OUT_OF_STOCK',
      status: 409,
    })
    assert.deepEqual(await orders.list({ headers: carol }), { items: [], next: null })
  })

  it('lists the newest first, page by page, without a gap when an order comes in between', async () => {
    const dora = { 'x-user-id': crypto.randomUUID() }
    const placed: string[] = []
    for (let i = 0; i < 3; i++) placed.push((await orders.place({ headers: dora, body: wanted('mix-soda-4') })).id)
    const first = await orders.list({ headers: dora, query: { limit: 2 } })
    await orders.place({ headers: dora, body: wanted('mix-soda-4') })
    const second = await orders.list({ headers: dora, query: { limit: 2, after: first.next ?? '' } })
    assert.deepEqual(
      [...first.items, ...second.items].map(({ id }) => id),
      placed.toReversed(),
    )
    assert.equal(second.next, null)
  })

  it('refuses an order that names a product twice', async () => {
    const lines = [
      { sku: 'food-nuts', quantity: 1 },
      { sku: 'food-nuts', quantity: 2 },
    ]
    await assert.rejects(orders.place({ headers: ada, body: { lines } }), { code: 'VALIDATION_FAILED', status: 400 })
  })

  it('gives back what an earlier process had reserved and never placed', async () => {
    const before = await stockOf('glass-coupe-2')
    const id = crypto.randomUUID()
    await running.stop()
    const database = openSql(`${folder.path}/orders.sqlite`)
    database.prepare("INSERT INTO orders (id, user_id, wanted) VALUES (?, 'ada', '[]')").run([id])
    database.close()
    await inventory.reserve({ body: { id, lines: [{ sku: 'glass-coupe-2', quantity: 3 }] } })
    assert.equal(await stockOf('glass-coupe-2'), before - 3)
    await start()
    assert.equal(await stockOf('glass-coupe-2'), before)
  })
})
