import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { client, type RunningService } from 'genever'
import type { ClientOf } from 'genever/api'
import { euros } from '../kit/money.ts'
import { testFolder } from '../kit/test-folder.ts'
import { inventoryApi, type Line, type Product } from './api.ts'
import { catalogue } from './catalogue.ts'
import { createInventory } from './service.ts'

function product(sku: string, category: Product['category'], stock: number): Product {
  return { sku, name: sku.toUpperCase(), category, description: '', price: euros(100), stock }
}

const products = [product('a', 'gin', 5), product('b', 'tools', 1), product('c', 'gin', 0), product('d', 'gin', 9)]

describe('inventory', () => {
  const folder = testFolder()
  let running: RunningService
  let inventory: ClientOf<typeof inventoryApi>
  let orderId = ''

  const start = async (): Promise<void> => {
    running = await createInventory(products).start({ config: { folder: folder.path } })
    inventory = client(inventoryApi, { url: running.url })
  }
  const stockOf = async (sku: string): Promise<number> => (await inventory.getProduct({ params: { sku } })).stock

  before(start)
  after(async () => {
    await running.stop()
    folder.remove()
  })
  beforeEach(() => {
    orderId = crypto.randomUUID()
  })

  it('lists products page by page', async () => {
    const first = await inventory.listProducts({ query: { limit: 3 } })
    assert.deepEqual(first.items.map(({ sku }) => sku).join(), 'a,b,c')
    const second = await inventory.listProducts({ query: { limit: 3, after: first.next ?? '' } })
    assert.deepEqual({ skus: second.items.map(({ sku }) => sku), next: second.next }, { skus: ['d'], next: null })
  })

  it('lists one category', async () => {
    const { items } = await inventory.listProducts({ query: { category: 'gin' } })
    assert.equal(items.map(({ sku }) => sku).join(), 'a,c,d')
  })

  it('says that it does not know a product', async () => {
    await assert.rejects(inventory.getProduct({ params: { sku: 'x' } }), { code: 'UNKNOWN_PRODUCT', status: 404 })
    assert.deepEqual(await inventory.findProducts({ body: { skus: ['x', 'a'] } }), { items: [products[0]] })
  })

  const saga = (key: string, token = 1) => ({ 'idempotency-key': `${orderId}:${key}`, 'x-fencing-token': token })
  const reserve = (lines: Line[], token?: number) =>
    inventory.reserve({ headers: saga('reserve', token), body: { orderId, lines } })
  const release = (token?: number) => inventory.release({ headers: saga('reserve:undo', token), params: { orderId } })

  it('keeps goods back, and puts them back once', async () => {
    await reserve([{ sku: 'a', quantity: 2 }])
    assert.equal(await stockOf('a'), 3)
    await release()
    await release()
    assert.equal(await stockOf('a'), 5)
  })

  it('keeps goods back once, however often it is asked', async () => {
    const lines = [{ sku: 'a', quantity: 2 }]
    await Promise.all([reserve(lines), reserve(lines)])
    await reserve(lines)
    assert.equal(await stockOf('a'), 3)
    await release()
  })

  it('refuses to keep goods back for an order that has given up already', async () => {
    await release()
    await assert.rejects(reserve([{ sku: 'a', quantity: 2 }]), { code: 'RESERVATION_CANCELLED', status: 409 })
    assert.equal(await stockOf('a'), 5)
  })

  it('takes nothing from a process whose saga another one has taken over', async () => {
    await reserve([{ sku: 'a', quantity: 2 }], 2)
    await assert.rejects(release(1), { code: 'STALE_TOKEN', status: 409 })
    assert.equal(await stockOf('a'), 3)
    await release(3)
    assert.equal(await stockOf('a'), 5)
  })

  const refused = [
    { sku: 'b', quantity: 2, code: 'OUT_OF_STOCK', status: 409 },
    { sku: 'x', quantity: 1, code: 'UNKNOWN_PRODUCT', status: 422 },
  ]
  for (const { code, status, ...line } of refused) {
    it(`reserves all or nothing: ${code}`, async () => {
      await assert.rejects(reserve([{ sku: 'a', quantity: 1 }, line]), { code, status })
      assert.equal(await stockOf('a'), 5)
    })
  }

  it('gives the last piece to one of many who want it', async () => {
    const orders = Array.from({ length: 10 }, () => {
      orderId = crypto.randomUUID()
      return reserve([{ sku: 'b', quantity: 1 }])
    })
    const outcomes = await Promise.allSettled(orders)
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1)
    assert.equal(await stockOf('b'), 0)
  })

  it('keeps its stock through a restart', async () => {
    await reserve([{ sku: 'd', quantity: 4 }])
    await running.stop()
    await start()
    assert.equal(await stockOf('d'), 5)
  })
})

describe('the catalogue', () => {
  it('has forty products, each with a name, a price and a SKU of its own', () => {
    assert.equal(catalogue.length, 40)
    assert.equal(new Set(catalogue.map(({ sku }) => sku)).size, 40)
    assert.ok(catalogue.every(({ name, description, price }) => name && description && price.amount > 0))
  })
})
