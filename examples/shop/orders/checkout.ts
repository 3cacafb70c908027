/**
 * checkout: the saga that makes an order of what somebody wants. All of it happens, or all of it is undone.
 *
 *   order (pending) ─▶ reserve: inventory ─▶ authorise: payments ─▶ place (placed, order.placed)
 *          ▲                    │                      │ refused
 *      (cancelled,              ▼                      ▼
 *   order.cancelled) ◀──── give it back ◀──── give it back
 *
 * `order` and `place` change this service's database alone, together with the line of the history that says so. The other two are calls: they
 * may come twice, and carry a key by which the other side knows them again, and a token by which it refuses a process that slept.
 */
import type { ClientOf } from 'genever/api'
import type { Outbox } from 'genever/outbox'
import { defineSaga, type SagaError } from 'genever/transaction'
import { z } from 'zod'
import { type inventoryApi, PricedLine } from '../inventory/api.ts'
import { fencedBy } from '../kit/fenced.ts'
import { Money } from '../kit/money.ts'
import type { paymentsApi } from '../payments/api.ts'
import { orderCancelled, orderPlaced } from './events.ts'
import type { OrderStore } from './store.ts'

export const Checkout = z.object({
  orderId: z.uuid(),
  userId: z.uuid(),
  lines: z.array(PricedLine),
  total: Money,
})
export type Checkout = z.infer<typeof Checkout>

export interface CheckoutParts {
  readonly store: OrderStore
  readonly outbox: Outbox
  readonly inventory: ClientOf<typeof inventoryApi>
  readonly payments: ClientOf<typeof paymentsApi>
}

/** An outage of some seconds is waited for; after that the customer should know. */
const retry = { attempts: 10, baseDelayMs: 200, maxDelayMs: 2_000 }

/** What a customer can do something about. Of anything else she need know only what it means to her. */
const refusals: ReadonlySet<string> = new Set(['OUT_OF_STOCK', 'UNKNOWN_PRODUCT', 'PAYMENT_REFUSED'])

function forCustomers(error: SagaError): SagaError {
  if (refusals.has(error.code)) return error
  return {
    code: 'CHECKOUT_FAILED',
    reason: 'It could not be completed in time, and nothing was charged. Please order again.',
  }
}

export function defineCheckout({ store, outbox, inventory, payments }: CheckoutParts) {
  return defineSaga('checkout', { input: Checkout, timeoutMs: 30_000 })
    .local('order', {
      run: () => undefined,
      async compensate({ input: { orderId, userId, total }, error }) {
        const why = forCustomers(error)
        await store.cancel(orderId, why)
        await outbox.publish(orderCancelled, { orderId, userId, total, ...why })
      },
    })
    .step('reserve', {
      retry,
      timeoutMs: 5_000,
      async run({ input: { orderId, lines }, ...saga }) {
        const goods = lines.map(({ sku, quantity }) => ({ sku, quantity }))
        await inventory.reserve({ headers: fencedBy(saga), body: { orderId, lines: goods } })
      },
      async compensate({ input: { orderId }, ...saga }) {
        await inventory.release({ headers: fencedBy(saga), params: { orderId } })
      },
    })
    .step('authorise', {
      retry,
      timeoutMs: 5_000,
      async run({ input: { orderId, userId, total }, ...saga }) {
        await payments.authorise({ headers: fencedBy(saga), body: { orderId, userId, amount: total } })
      },
      async compensate({ input: { orderId }, ...saga }) {
        await payments.cancel({ headers: fencedBy(saga), params: { orderId } })
      },
    })
    .local('place', {
      async run({ input: { orderId, userId, total } }) {
        await store.place(orderId)
        await outbox.publish(orderPlaced, { orderId, userId, total })
      },
    })
}
