/** inventory: what there is, what it costs, and keeping goods back for an order. */
import { createService, type Service } from 'genever'
import { Database } from '../kit/database.ts'
import { decodeCursor, toPage } from '../kit/paging.ts'
import { fileIn, storage } from '../kit/storage.ts'
import { inventoryApi, type Product } from './api.ts'
import { catalogue } from './catalogue.ts'
import { InventoryStore, schema, unknownProduct } from './store.ts'

export function createInventory(products: readonly Product[] = catalogue): Service<typeof storage.schema> {
  const service = createService({
    name: 'inventory',
    slo: { availability: 0.999, latency: { p99Ms: 100 } },
    config: storage,
  })
  const database = new Database(() => fileIn(service.config.value, 'inventory.sqlite'), schema)
  const store = new InventoryStore(database)
  service.add(database)
  service.onWarmup('stock the shelves', () => store.stock(products))

  service.http.implement(inventoryApi, {
    listProducts(c) {
      const { category, after, limit } = c.query
      const rows = store.list({ category, after: decodeCursor(after), limit: limit + 1 })
      return c.json(toPage(rows, limit, ({ sku }) => sku))
    },

    getProduct(c) {
      const product = store.find(c.params.sku)
      if (product === undefined) throw unknownProduct(c.params.sku, 404)
      return c.json(product)
    },

    findProducts(c) {
      const found = c.body.skus.map((sku) => store.find(sku))
      return c.json({ items: found.filter((product) => product !== undefined) })
    },

    reserve(c) {
      return c.json(store.reserve(c.body.id, c.body.lines), 201)
    },

    release(c) {
      store.release(c.params.id)
      return c.noContent()
    },
  })
  return service
}
