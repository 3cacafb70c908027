/** inventory: what there is, what it costs, and keeping goods back for an order. */
import { createService } from 'genever'
import { decodeCursor, toPage } from '../kit/paging.ts'
import { databaseOf, type StoringService, storage } from '../kit/storage.ts'
import { inventoryApi, type Product } from './api.ts'
import { catalogue } from './catalogue.ts'
import * as first from './migrations/0001-inventory.ts'
import { unknownProduct } from './refusals.ts'
import { InventoryStore, type InventoryTables } from './store.ts'

export function createInventory(products: readonly Product[] = catalogue): StoringService {
  const service = createService({
    name: 'inventory',
    slo: { availability: 0.999, latency: { p99Ms: 100 } },
    config: storage,
  })
  const database = databaseOf<InventoryTables>(service, [{ name: '0001-inventory', ...first }])
  const store = new InventoryStore(database)
  service.onWarmup('stock the shelves', () => store.stock(products))

  service.http.implement(inventoryApi, {
    async listProducts(c) {
      const { category, after, limit } = c.query
      const rows = await store.list({ category, after: decodeCursor(after), limit: limit + 1 })
      return c.json(toPage(rows, limit, ({ sku }) => sku))
    },

    async getProduct(c) {
      const [product] = await store.find([c.params.sku])
      if (product === undefined) throw unknownProduct(c.params.sku, 404)
      return c.json(product)
    },

    async findProducts(c) {
      return c.json({ items: await store.find(c.body.skus) })
    },

    async reserve(c) {
      await store.reserve(c.body, c.headers['x-fencing-token'])
      return c.json(c.body, 201)
    },

    async release(c) {
      await store.release(c.params.orderId, c.headers['x-fencing-token'])
      return c.noContent()
    },
  })
  return service
}
