/**
 * orders is killed without warning in the middle of checkouts; the next process of it goes on, and each ends all done or all undone.
 *
 *   POST /orders ─▶ the order is written down │ goods are taken │ money is held ─▶ kill -9 ─▶ started again ─▶ … ─▶ an end
 */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { client } from 'genever'
import type { ClientOf } from 'genever/api'
import { inventoryApi } from '../../../examples/shop/inventory/api.ts'
import { createInventory } from '../../../examples/shop/inventory/service.ts'
import { TestShop, until } from '../../../examples/shop/kit/test-shop.ts'
import { notificationsApi } from '../../../examples/shop/notifications/api.ts'
import { createNotifications } from '../../../examples/shop/notifications/service.ts'
import { type Order, ordersApi } from '../../../examples/shop/orders/api.ts'
import { paymentsApi } from '../../../examples/shop/payments/api.ts'
import { createPayments } from '../../../examples/shop/payments/service.ts'
import { pointsApi } from '../../../examples/shop/points/api.ts'
import { createPoints } from '../../../examples/shop/points/service.ts'
import { ServiceProcess } from '../../support/service-process.ts'

const runtime = process.versions.bun === undefined ? 'node' : 'bun'
const file = fileURLToPath(new URL('../../../examples/shop/orders/main.ts', import.meta.url))
/** Longer than the lease of a process that is dead, and what an outage may take. */
const endsWithinMs = 60_000
const sku = 'gin-barrel-50'

/** When it is killed, and whether its payment will be refused. */
const kills = [
  { when: 'the order is written down', quantity: 1 },
  { when: 'goods are taken', quantity: 1 },
  { when: 'money is held', quantity: 1 },
  { when: 'goods are taken', quantity: 14 },
] as const

describe('checkouts whose process is killed', () => {
  const shop = new TestShop()
  const headers = { 'x-user-id': crypto.randomUUID() }
  const userId = headers['x-user-id']
  let inventory: ClientOf<typeof inventoryApi>
  let payments: ClientOf<typeof paymentsApi>
  let orders: ServiceProcess

  const stock = async (): Promise<number> => (await inventory.getProduct({ params: { sku } })).stock
  const owed = async (): Promise<number> => (await payments.readAccount({ params: { userId } })).owed.amount
  const ordersOf = async (): Promise<readonly Order[]> =>
    (await client(ordersApi, { url: orders.url }).list({ headers, query: { limit: 100 } })).items
  const start = () =>
    ServiceProcess.start({
      runtime,
      file,
      env: {
        SHOP_DATA: shop.folder,
        INVENTORY_URL: shop.urlOf('inventory'),
        PAYMENTS_URL: shop.urlOf('payments'),
        LOG_LEVEL: 'info',
      },
    })

  before(async () => {
    for (const create of [createInventory, createPayments, createPoints, createNotifications])
      await shop.start(create())
    inventory = client(inventoryApi, { url: shop.urlOf('inventory') })
    payments = client(paymentsApi, { url: shop.urlOf('payments') })
    orders = await start()
  })
  after(async () => {
    await orders?.stop()
    await shop.end()
  })

  it('are all done or all undone, and nothing is lost or doubled', async () => {
    const stockBefore = await stock()
    let midway = 0
    for (const { when, quantity } of kills) {
      const [stockNow, owedNow, ordersNow] = [await stock(), await owed(), (await ordersOf()).length]
      const happened = {
        'the order is written down': async () => (await ordersOf()).length > ordersNow,
        'goods are taken': async () => (await stock()) < stockNow,
        'money is held': async () => (await owed()) > owedNow,
      }
      const lone = client(ordersApi, { url: orders.url, policies: [] })
      const answer = lone.place({ headers, body: { lines: [{ sku, quantity }] } }).catch(() => undefined)
      await promptly(happened[when])
      orders.kill()
      await answer
      orders = await start()
      midway += (await ordersOf()).filter(({ status }) => status === 'pending').length
    }
    assert.ok(midway > 0, 'no kill came in the middle of a checkout')

    const endMs = performance.now() + endsWithinMs
    let all = await ordersOf()
    while (all.some(({ status }) => status === 'pending') && performance.now() < endMs) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      all = await ordersOf()
    }
    assert.deepEqual(all.map(({ status, cancelled }) => cancelled?.code ?? status).sort(), [
      'PAYMENT_REFUSED',
      'placed',
      'placed',
      'placed',
    ])
    const placed = all.filter(({ status }) => status === 'placed')
    assert.equal(await stock(), stockBefore - placed.length, 'what was undone is back on the shelf')
    assert.equal(
      await owed(),
      placed.reduce((sum, { total }) => sum + total.amount, 0),
    )
    const { sum, faults } = await payments.readLedger()
    assert.deepEqual({ sum, faults }, { sum: 0, faults: 0 })

    const points = client(pointsApi, { url: shop.urlOf('points') })
    const due = placed.reduce((sum, { total }) => sum + Math.floor(total.amount / 100), 0)
    await until('points for each', async () => (await points.read({ params: { userId } })).total >= due)
    const notifications = client(notificationsApi, { url: shop.urlOf('notifications') })
    const letters = async () => (await notifications.list({ params: { userId } })).items
    await until('a letter for each', async () => (await letters()).length >= all.length)
    assert.equal((await points.read({ params: { userId } })).total, due)
    assert.deepEqual((await letters()).map(({ orderId }) => orderId).sort(), all.map(({ id }) => id).sort())
  })
})

/** Looks as often as it can, so that little happens between it and what follows. */
async function promptly(happened: () => Promise<boolean>): Promise<void> {
  const endMs = performance.now() + 20_000
  while (!(await happened())) {
    if (performance.now() > endMs) throw new Error('it did not happen within twenty seconds')
  }
}
