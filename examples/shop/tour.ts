/**
 * The tour: what a customer does in the shop, step by step, through the gateway alone; and what becomes of it when a part fails.
 *
 *   browse ─▶ sign up ─▶ order: points, a letter ─▶ order again by mistake ─▶ ask for too much ─▶ buy too dear: all is undone
 *          ─▶ look as somebody else ─▶ inventory is stopped: browse, order ─▶ it is started again: order ─▶ read the orders
 */
import { client, isRetryable, ServiceError } from 'genever'
import { HttpClient } from 'genever/client'
import { memberApi, type OrderView, publicApi } from './gateway/api.ts'
import type { Product } from './inventory/api.ts'
import { formatMoney } from './kit/money.ts'
import { paymentsApi } from './payments/api.ts'

export interface TourOptions {
  /** Base URL of the gateway. */
  readonly gateway: string
  /** Its admin port, which says how the calls to the others go. */
  readonly admin: string
  /** Base URL of a service inside. */
  inside(service: string): string
  /** Takes one line. */
  say(line: string): void
  /** Ends the process of a service. */
  stop(service: string): Promise<void>
  /** Starts it again; it need not be ready yet. */
  start(service: string): void
}

/** @throws Error when the shop does not behave as it should. */
export async function tour({ gateway, admin, inside, say, stop, start }: TourOptions): Promise<void> {
  const http = new HttpClient()
  // As a browser: it repeats nothing by itself, so that what the shop does is seen.
  const as = { url: gateway, http, policies: [] }
  const shop = client(publicApi, as)
  const members = client(memberApi, as)
  const books = client(paymentsApi, { url: inside('payments'), http })
  let steps = 0
  const step = (title: string): void => say(`\n${++steps}. ${title}`)
  const signUp = async (name: string): Promise<{ authorization: string }> => {
    const email = `${name.toLowerCase()}-${Date.now().toString(36)}@example.com`
    const { token } = await shop.signUp({ body: { name, email, password: 'correct horse battery' } })
    return { authorization: `Bearer ${token}` }
  }

  try {
    step('The catalogue, open to everybody: the first five of the genever shelf')
    const { items } = await shop.listProducts({ query: { category: 'genever', limit: 5 } })
    for (const product of items) say(shelfLine(product))

    step('Ada signs up; her password is kept as a hash, and so is the token of her session')
    const ada = await signUp('Ada')
    say(`   signed in as ${(await members.whoAmI({ headers: ada })).name}`)

    step('She orders: a saga reserves the goods at inventory, then holds the money at payments')
    const tonic = await inStock('mixers')
    const glass = await inStock('glassware')
    const order = {
      headers: { ...ada, 'idempotency-key': crypto.randomUUID() },
      body: {
        lines: [
          { sku: tonic.sku, quantity: 2 },
          { sku: glass.sku, quantity: 1 },
        ],
      },
    }
    const placed = await members.placeOrder(order)
    for (const line of orderLines(placed)) say(line)
    const left = (await shop.getProduct({ params: { sku: tonic.sku } })).stock
    say(`   stock of ${tonic.name}: ${tonic.stock} → ${left}`)
    expect(left === tonic.stock - 2, 'the stock went down by what was ordered')

    step('The order is an event, too: points and notifications hear of it, each by itself')
    const { value: points } = await until('points for the order', async () => {
      const { total } = await members.readPoints({ headers: ada })
      return total > 0 && total
    })
    const { value: letter } = await until(
      'a letter',
      async () => (await members.listNotifications({ headers: ada })).items[0],
    )
    say(`   ${points} points; a letter: ${letter.text}`)
    expect(points === Math.floor(placed.total.amount / 100), 'a point for each euro')

    step('Her finger slips and the same order goes out again, under the same idempotency key')
    const again = await members.placeOrder(order)
    say(`   the answer is order ${short(again)}, the one she has already`)
    expect(again.id === placed.id, 'one key, one order')

    step('She asks for more than there is')
    const lines = [{ sku: glass.sku, quantity: 100 }]
    const refusal = await refused(members.placeOrder({ headers: ada, body: { lines } }))
    say(`   ${refusal.status} ${refusal.code}: ${refusal.message}`)
    expect(refusal.code === 'OUT_OF_STOCK' && !isRetryable(refusal), 'nobody gets what is not there')

    step('She buys more than she may owe: payments refuses, and what inventory had reserved is put back')
    const gin = await inStock('gin')
    const dear = { headers: ada, body: { lines: [{ sku: gin.sku, quantity: Math.min(gin.stock, 100) }] } }
    const unpaid = await refused(members.placeOrder(dear))
    say(`   ${unpaid.status} ${unpaid.code}: ${unpaid.message}`)
    expect(unpaid.code === 'PAYMENT_REFUSED', 'nobody owes more than the limit')
    const [undone] = (await members.listOrders({ headers: ada })).items
    say(`   order ${short(undone ?? placed)} is ${undone?.status}: ${undone?.cancelled?.code}`)
    expect(undone?.status === 'cancelled', 'the order says what became of it')
    const { stock } = await shop.getProduct({ params: { sku: gin.sku } })
    say(`   stock of ${gin.name}: ${gin.stock} → ${stock}`)
    expect(stock === gin.stock, 'everything is back on the shelf')
    const { entries, sum, faults } = await books.readLedger()
    say(`   the books of payments: ${entries} entries, which sum to ${sum}`)
    expect(sum === 0 && faults === 0, 'every payment stands in two accounts')

    step('Bob signs up and tries to read her order')
    const hidden = await refused(members.readOrder({ headers: await signUp('Bob'), params: { id: placed.id } }))
    say(`   ${hidden.status} ${hidden.code}: ${hidden.message}`)
    expect(hidden.status === 404, 'orders of others do not exist')

    step('Inventory is stopped; the shelf is shown as it was, and says so')
    await stop('inventory')
    const stale = await shelf()
    say(`   ${stale.body.items.length} products, ${stale.age} s old, answered in ${stale.tookMs} ms`)
    expect(stale.isDegraded && stale.body.items.length === items.length, 'a shelf of a moment ago is better than none')
    const opened = await until('the breaker opens', async () => {
      await shelf()
      return (await breakerOf('listProducts')) === 'open'
    })
    say(
      `   after ${opened.times} more ${opened.times === 1 ? 'visitor' : 'visitors'} the breaker opens: inventory is not asked any more; an answer takes ${(await shelf()).tookMs} ms`,
    )

    step('Nothing is sold meanwhile: a price of yesterday would be worse than none')
    const later = {
      headers: { ...ada, 'idempotency-key': crypto.randomUUID() },
      body: { lines: [{ sku: tonic.sku, quantity: 1 }] },
    }
    const paused = await refused(members.placeOrder(later))
    say(`   ${paused.status} ${paused.code}: ${paused.message}`)
    expect(
      paused.code === 'ORDERS_PAUSED' && paused.details?.retryAfterMs !== undefined,
      'she is told when to come back',
    )
    const plain = await members.readOrder({ headers: ada, params: { id: placed.id } })
    say(`   her first order she can read, with SKUs for names: ${plain.lines.map(({ name }) => name).join(' · ')}`)

    step('Inventory is started again')
    start('inventory')
    const startedMs = performance.now()
    await until('the shelf is fresh', async () => !(await shelf()).isDegraded)
    await until('the breaker closes', async () => {
      await shelf()
      return (await breakerOf('listProducts')) === 'closed'
    })
    say(
      `   the breaker has tried three calls and is closed, ${seconds(performance.now() - startedMs)} after inventory was started`,
    )
    const second = await until('her order goes through', () => members.placeOrder(later).catch(outage))
    say(`   the same order under the same key goes through: ${short(second.value)}, ${formatMoney(second.value.total)}`)

    step('Ada reads her orders, each line with the name of its product, and signs out')
    const { items: orders } = await members.listOrders({ headers: ada })
    for (const { id, status, total, lines } of orders) {
      say(
        `   ${short({ id })}  ${status.padEnd(9)}  ${formatMoney(total).padStart(10)}  ${lines.map(({ name }) => name).join(' · ')}`,
      )
    }
    await members.signOut({ headers: ada })
    const over = await refused(members.whoAmI({ headers: ada }))
    say(`   her token is worth nothing now: ${over.status} ${over.code}`)
  } finally {
    http.close()
  }

  /** The genever shelf, and how it was shown. */
  async function shelf() {
    const startedMs = performance.now()
    const { headers, body } = await shop.listProducts.raw({ query: { category: 'genever', limit: 5 } })
    const tookMs = Math.ceil(performance.now() - startedMs)
    return { body, tookMs, isDegraded: headers.get('x-degraded') !== undefined, age: headers.get('age') ?? '0' }
  }

  /** Of the calls that the gateway makes to inventory. */
  async function breakerOf(operation: string): Promise<string | undefined> {
    const report = await (await http.request(`${admin}/health`)).text()
    const { components } = JSON.parse(report) as HealthOfGateway
    const inventory = components.upstreams?.details.upstreams.find(({ upstream }) => upstream === 'inventory')
    return inventory?.breakers.find(({ key }) => key === operation)?.state
  }

  /** Somebody may have bought the first one out on an earlier tour. */
  async function inStock(category: Product['category']): Promise<Product> {
    const { items } = await shop.listProducts({ query: { category } })
    const product = items.find(({ stock }) => stock >= 2)
    if (product === undefined) throw new Error(`${category} is sold out; remove the data of the shop to start afresh`)
    return product
  }
}

/** What the tour reads of `/health`. */
interface HealthOfGateway {
  readonly components: {
    readonly upstreams?: { readonly details: { readonly upstreams: readonly UpstreamHealth[] } }
  }
}

interface UpstreamHealth {
  readonly upstream: string
  readonly breakers: readonly { readonly key: string; readonly state: string }[]
}

/** Tries it again and again, for ten seconds at most. */
async function until<T>(
  what: string,
  attempt: () => Promise<T>,
): Promise<{ value: Exclude<T, false | undefined>; times: number }> {
  const endMs = performance.now() + 10_000
  for (let times = 1; performance.now() < endMs; times++) {
    const value = await attempt()
    if (value !== false && value !== undefined) return { value: value as Exclude<T, false | undefined>, times }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error(`the shop broke a promise: ${what}`)
}

function outage(error: unknown): undefined {
  if (!(error instanceof ServiceError) || error.status !== 503) throw error
}

async function refused(call: Promise<unknown>): Promise<ServiceError> {
  try {
    await call
  } catch (error) {
    if (error instanceof ServiceError) return error
    throw error
  }
  throw new Error('the shop allowed what it should refuse')
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(`the shop broke a promise: ${what}`)
}

function shelfLine({ name, price, stock }: Product): string {
  return `   ${name.padEnd(32)} ${formatMoney(price).padStart(10)}   ${String(stock).padStart(3)} in stock`
}

function orderLines(order: OrderView): string[] {
  const lines = order.lines.map(
    ({ name, quantity, unitPrice }) => `   ${quantity} × ${name.padEnd(32)} ${formatMoney(unitPrice).padStart(10)}`,
  )
  return [...lines, `   ${'order '.concat(short(order)).padEnd(36)} ${formatMoney(order.total).padStart(10)}`]
}

function short({ id }: { id: string }): string {
  return id.slice(0, 8)
}

function seconds(ms: number): string {
  return `${(ms / 1_000).toFixed(1)} s`
}
