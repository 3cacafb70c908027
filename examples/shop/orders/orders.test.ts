import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client } from 'genever'
import type { ClientOf } from 'genever/api'
import { inventoryApi } from '../inventory/api.ts'
import { createInventory } from '../inventory/service.ts'
import { euros } from '../kit/money.ts'
import { TestShop, until } from '../kit/test-shop.ts'
import { notificationsApi } from '../notifications/api.ts'
import { paymentsApi } from '../payments/api.ts'
import { createPayments } from '../payments/service.ts'
import { pointsApi } from '../points/api.ts'
import { ordersApi } from './api.ts'
import { createOrders } from './service.ts'

const ada = { 'x-user-id': crypto.randomUUID() }
const bob = { 'x-user-id': crypto.randomUUID() }

describe('orders', () => {
  const shop = new TestShop()
  let inventory: ClientOf<typeof inventoryApi>
  let payments: ClientOf<typeof paymentsApi>
  let orders: ClientOf<typeof ordersApi>

  const stockOf = async (sku: string): Promise<number> => (await inventory.getProduct({ params: { sku } })).stock
  const wanted = (sku: string, quantity = 1) => ({ lines: [{ sku, quantity }] })
  const somebody = () => ({ 'x-user-id': crypto.randomUUID() })
  const pointsOf = async (userId: string): Promise<number> =>
    (await client(pointsApi, { url: shop.urlOf('points') }).read({ params: { userId } })).total
  const lettersTo = async (userId: string): Promise<string[]> => {
    const notifications = client(notificationsApi, { url: shop.urlOf('notifications') })
    return (await notifications.list({ params: { userId } })).items.map(({ text }) => text)
  }

  before(async () => {
    await shop.startAll()
    inventory = client(inventoryApi, { url: shop.urlOf('inventory') })
    payments = client(paymentsApi, { url: shop.urlOf('payments') })
    orders = client(ordersApi, { url: shop.urlOf('orders') })
  })
  after(() => shop.end())

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
    const carol = somebody()
    await assert.rejects(orders.place({ headers: carol, body: wanted('gen-single-50', 9) }), {
      code: 'OUT_OF_STOCK',
      status: 409,
    })
    assert.deepEqual(await orders.list({ headers: carol }), { items: [], next: null })
  })

  it('lists the newest first, page by page, without a gap when an order comes in between', async () => {
    const dora = somebody()
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

  it('tells points and notifications of an order, each of which acts once', async () => {
    const headers = somebody()
    const { id } = await orders.place({ headers, body: wanted('gin-london-70', 2) })
    await until('points', async () => (await pointsOf(headers['x-user-id'])) === 49)
    const [letter] = await until('a letter', async () => {
      const letters = await lettersTo(headers['x-user-id'])
      return letters.length > 0 && letters
    })
    assert.match(letter ?? '', /49\.80 EUR is on its way/)
    assert.equal((await orders.read({ headers, params: { id } })).status, 'placed')
    assert.deepEqual((await payments.readAccount({ params: { userId: headers['x-user-id'] } })).owed, euros(49_80))
  })

  it('undoes an order whose payment is refused: stock and books are as before, and the order says why', async () => {
    const headers = { ...somebody(), 'idempotency-key': 'dear' }
    const userId = headers['x-user-id']
    const body = wanted('gin-barrel-50', 14)
    const before = await stockOf('gin-barrel-50')
    const refusal = { code: 'PAYMENT_REFUSED', status: 402 }
    await assert.rejects(orders.place({ headers, body }), refusal)
    assert.equal(await stockOf('gin-barrel-50'), before)
    const { sum, faults } = await payments.readLedger()
    assert.deepEqual({ sum, faults }, { sum: 0, faults: 0 })
    const [order] = (await orders.list({ headers })).items
    assert.deepEqual([order?.status, order?.cancelled?.code], ['cancelled', 'PAYMENT_REFUSED'])
    assert.match(order?.cancelled?.reason ?? '', /500\.00 EUR is the limit/)
    const [letter] = await until('a letter', async () => {
      const letters = await lettersTo(userId)
      return letters.length > 0 && letters
    })
    assert.match(letter ?? '', /was cancelled/)
    assert.equal(await pointsOf(userId), 0)
    await assert.rejects(orders.place({ headers, body }), refusal, 'the same key is the same order')
  })

  it('gives back what is held when a later step cannot be done', async () => {
    const headers = somebody()
    const before = await stockOf('glass-coupe-2')
    const port = await shop.stop('payments')
    const answer = await orders.place.raw({ headers, body: wanted('glass-coupe-2', 3) })
    assert.deepEqual([answer.status, answer.body.status], [202, 'pending'])
    assert.equal(await stockOf('glass-coupe-2'), before - 3)
    await shop.start(createPayments(), port)
    const params = { id: answer.body.id }
    const order = await until('an end', async () => {
      const order = await orders.read({ headers, params })
      return order.status !== 'pending' && order
    })
    // Back in time, or not: it is all done, or all undone.
    const taken = order.status === 'placed' ? 3 : 0
    assert.equal(await stockOf('glass-coupe-2'), before - taken)
    const { owed } = await payments.readAccount({ params: { userId: headers['x-user-id'] } })
    assert.equal(owed.amount, order.status === 'placed' ? order.total.amount : 0)
  })

  it('goes on with an order whose process was stopped in the middle of it', async () => {
    const headers = somebody()
    const before = await stockOf('tool-shaker')
    const port = await shop.stop('payments')
    const { body } = await orders.place.raw({ headers, body: wanted('tool-shaker', 2) })
    await shop.stop('orders')
    await shop.start(createPayments(), port)
    const again = await shop.start(createOrders(shop.resolver))
    orders = client(ordersApi, { url: again.url })
    const order = await until('an end', async () => {
      const order = await orders.read({ headers, params: { id: body.id } })
      return order.status !== 'pending' && order
    })
    assert.equal(await stockOf('tool-shaker'), before - (order.status === 'placed' ? 2 : 0))
  })

  it('takes no orders while inventory does not answer, and forgets that it was asked', async () => {
    const headers = { ...somebody(), 'idempotency-key': 'paused' }
    const port = await shop.stop('inventory')
    const asked = client(ordersApi, { url: shop.urlOf('orders'), policies: [] })
    await assert.rejects(asked.place({ headers, body: wanted('mix-soda-4') }), { code: 'ORDERS_PAUSED', status: 503 })
    await shop.start(createInventory(), port)
    const order = await until('an order', () =>
      asked.place({ headers, body: wanted('mix-soda-4') }).catch(() => undefined),
    )
    assert.equal(order.status, 'placed')
  })
})
