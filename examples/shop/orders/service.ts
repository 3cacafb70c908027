/** orders: placing an order and reading one's own. */
import { createService, type Service, ServiceError } from 'genever'
import { environmentResolver, type Resolver } from 'genever/client'
import { isOutage } from 'genever/resilience'
import { inventoryApi } from '../inventory/api.ts'
import { callPolicies } from '../kit/call-policies.ts'
import { Database } from '../kit/database.ts'
import { decodeCursor, toPage } from '../kit/paging.ts'
import { fileIn, storage } from '../kit/storage.ts'
import { type Order, ordersApi } from './api.ts'
import { OrderStore, schema } from './store.ts'

export function createOrders(resolver: Resolver = environmentResolver): Service<typeof storage.schema> {
  const service = createService({
    name: 'orders',
    slo: { availability: 0.999, latency: { p99Ms: 250 } },
    config: storage,
  })
  const database = new Database(() => fileIn(service.config.value, 'orders.sqlite'), schema)
  const store = new OrderStore(database)
  const inventory = service.client(inventoryApi, {
    service: 'inventory',
    resolver,
    policies: callPolicies('inventory', 5_000),
  })
  service.add(database)
  service.add({ name: 'drafts', start: giveBackDrafts })

  service.http.implement(ordersApi, {
    async place(c) {
      const { 'x-user-id': userId, 'idempotency-key': idempotencyKey } = c.headers
      const { lines } = c.body
      const id = store.draft({ userId, lines, idempotencyKey })
      if (store.find(id, userId) === undefined) {
        // Reserving under the order's id makes a repetition harmless: the goods are kept back once.
        const reservation = await inventory.reserve({ body: { id, lines } }).catch(pause)
        store.place(id, reservation.lines, new Date().toISOString())
      }
      return c.json(ownOrder(id, userId), 201)
    },

    list(c) {
      const { after, limit } = c.query
      const rows = store.list(c.headers['x-user-id'], { after: numberFrom(after), limit: limit + 1 })
      const page = toPage(rows, limit, ({ number }) => String(number))
      return c.json({ items: page.items.map(({ order }) => order), next: page.next })
    },

    read(c) {
      return c.json(ownOrder(c.params.id, c.headers['x-user-id']))
    },
  })

  function ownOrder(id: string, userId: string): Order {
    const order = store.find(id, userId)
    if (order !== undefined) return order
    // The same answer for one that does not exist and one of somebody else: ids tell nothing.
    throw new ServiceError('UNKNOWN_ORDER', `You have no order '${id}'.`, { status: 404 })
  }

  /** Drafts of an earlier process, which ended between reserving and placing; whoever ordered got no answer. */
  async function giveBackDrafts(): Promise<void> {
    for (const id of store.drafts()) {
      await inventory.release({ params: { id } })
      store.forgetDraft(id)
    }
  }

  return service
}

/** A price that is not today's would be worse than none: while inventory does not answer, nothing is sold. */
function pause(cause: unknown): never {
  if (!isOutage(cause)) throw cause
  throw new ServiceError(
    'ORDERS_PAUSED',
    'No orders are taken at the moment, and none was. Send the same order again in a while, under the same idempotency key.',
    { status: 503, details: { retryAfterMs: 2_000 }, cause },
  )
}

function numberFrom(cursor: string | undefined): number | undefined {
  const number = Number(decodeCursor(cursor))
  return Number.isSafeInteger(number) ? number : undefined
}
