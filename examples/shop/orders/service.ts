/** orders: placing an order and reading one's own. */
import { createService, ServiceError } from 'genever'
import { environmentResolver, type Resolver } from 'genever/client'
import { idempotent } from 'genever/idempotency'
import { Outbox, Relay } from 'genever/outbox'
import { isOutage, policy, timeout } from 'genever/resilience'
import { SagaCoordinator } from 'genever/transaction'
import { inventoryApi, type PricedLine } from '../inventory/api.ts'
import { outOfStock, unknownProduct } from '../inventory/refusals.ts'
import { callPolicies } from '../kit/call-policies.ts'
import { euros } from '../kit/money.ts'
import { decodeCursor, toPage } from '../kit/paging.ts'
import { databaseOf, eventsOf, type StoringService, storage } from '../kit/storage.ts'
import { paymentsApi } from '../payments/api.ts'
import { type NewOrder, type Order, ordersApi } from './api.ts'
import { defineCheckout } from './checkout.ts'
import * as first from './migrations/0001-orders.ts'
import { OrderStore, type OrderTables, positionOf } from './store.ts'

/** Longer than this nobody wants to look at a wheel that turns. */
const patience = policy(timeout({ name: 'checkout', timeoutMs: 4_000 }))

export function createOrders(resolver: Resolver = environmentResolver): StoringService {
  const service = createService({
    name: 'orders',
    slo: { availability: 0.999, latency: { p99Ms: 500 } },
    config: storage,
  })
  const inventory = service.client(inventoryApi, {
    service: 'inventory',
    resolver,
    policies: callPolicies('inventory', 2_000),
  })
  const payments = service.client(paymentsApi, {
    service: 'payments',
    resolver,
    policies: callPolicies('payments', 2_000),
  })

  const database = databaseOf<OrderTables>(service, [{ name: '0001-orders', ...first }])
  const store = new OrderStore(database)
  const messaging = eventsOf(service, database)
  const outbox = new Outbox({ database, messaging })
  const checkout = defineCheckout({ store, outbox, inventory, payments })
  const sagas = new SagaCoordinator({ database, sagas: [checkout], ...service.telemetry })
  service.add(new Relay({ database, messaging, outbox, ...service.telemetry }))
  service.add(sagas)

  // The order is named by what its key stands for: a call that comes again, also after a crash, finds it.
  const once = idempotent({
    database,
    transaction: false,
    by: (c) => c.raw.header('x-user-id') ?? '',
    waitMs: 5_000,
    ...service.telemetry,
  })
  service.http.implement(
    ordersApi,
    {
      async place(c) {
        const { 'x-user-id': userId } = c.headers
        const id = c.state.idempotency?.id ?? crypto.randomUUID()
        if ((await store.find(id, userId)) === undefined) await begin(id, userId, c.body.lines)
        await patience(() => sagas.outcome(id)).catch(goOnWithoutUs)
        const order = await ownOrder(id, userId)
        if (order.cancelled !== undefined) throw refusalOf(order.cancelled, id)
        return c.json(order, order.status === 'placed' ? 201 : 202)
      },

      async list(c) {
        const { after, limit } = c.query
        const rows = await store.list(c.headers['x-user-id'], { after: decodeCursor(after), limit: limit + 1 })
        return c.json(toPage(rows, limit, positionOf))
      },

      read: async (c) => c.json(await ownOrder(c.params.id, c.headers['x-user-id'])),
    },
    once,
  )

  /** The order and its checkout become true together; from then on it comes to an end, whoever dies. */
  async function begin(id: string, userId: string, wanted: NewOrder['lines']): Promise<void> {
    const lines = await priced(wanted)
    const totalCents = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0)
    await database.transaction(async () => {
      if (await store.add({ id, userId, lines, totalCents }))
        await sagas.begin(checkout, { orderId: id, userId, lines, total: euros(totalCents) }, { id })
    })
  }

  /** What is wanted, at the prices of this moment. A price that is not today's would be worse than none. */
  async function priced(wanted: NewOrder['lines']): Promise<PricedLine[]> {
    const skus = wanted.map(({ sku }) => sku)
    const { items } = await inventory.findProducts({ body: { skus } }).catch(pause)
    return wanted.map((line) => {
      const product = items.find(({ sku }) => sku === line.sku)
      if (product === undefined) throw unknownProduct(line.sku, 422)
      if (product.stock < line.quantity) throw outOfStock(product, line.quantity)
      return { ...line, unitPrice: product.price }
    })
  }

  async function ownOrder(id: string, userId: string): Promise<Order> {
    const order = await store.find(id, userId)
    if (order !== undefined) return order
    // The same answer for one that does not exist and one of somebody else: ids tell nothing.
    throw new ServiceError('UNKNOWN_ORDER', `You have no order '${id}'.`, { status: 404 })
  }

  return service
}

/** While inventory does not answer, nothing is sold. */
function pause(cause: unknown): never {
  if (!isOutage(cause)) throw cause
  throw new ServiceError(
    'ORDERS_PAUSED',
    'No orders are taken at the moment, and none was. Send the same order again in a while, under the same idempotency key.',
    { status: 503, details: { retryAfterMs: 2_000 }, cause },
  )
}

/** The order is pending then. */
function goOnWithoutUs(error: unknown): void {
  if (!(error instanceof ServiceError) || error.code !== 'CALL_TIMEOUT') throw error
}

const statuses: Readonly<Record<string, number>> = { PAYMENT_REFUSED: 402, UNKNOWN_PRODUCT: 422, CHECKOUT_FAILED: 503 }

/** In the words of whoever refused; the order tells the same to whoever reads it. */
function refusalOf({ code, reason }: NonNullable<Order['cancelled']>, orderId: string): ServiceError {
  return new ServiceError(code, reason, { status: statuses[code] ?? 409, details: { orderId } })
}
