/**
 * The tour: what a customer does in the shop, step by step, through the gateway alone.
 *
 *   browse ─▶ sign up ─▶ order ─▶ order again by mistake ─▶ ask for too much ─▶ look as somebody else ─▶ read the orders
 */
import { client, isRetryable, ServiceError } from 'genever'
import { HttpClient } from 'genever/client'
import { memberApi, type OrderView, publicApi } from './gateway/api.ts'
import type { Product } from './inventory/api.ts'
import { formatMoney } from './kit/money.ts'

export interface TourOptions {
  /** Base URL of the gateway. */
  readonly gateway: string
  /** Takes one line. */
  say(line: string): void
}

/** @throws Error when the shop does not behave as it should. */
export async function tour({ gateway, say }: TourOptions): Promise<void> {
  const http = new HttpClient()
  const shop = client(publicApi, { url: gateway, http })
  const members = client(memberApi, { url: gateway, http })
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

    step('She orders; inventory names the prices and takes the goods off its stock')
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

    step('Her finger slips and the same order goes out again, under the same idempotency key')
    const again = await members.placeOrder(order)
    say(`   the answer is order ${short(again)}, the one she has already`)
    expect(again.id === placed.id, 'one key, one order')

    step('She asks for more than there is')
    const lines = [{ sku: glass.sku, quantity: 100 }]
    const refusal = await refused(members.placeOrder({ headers: ada, body: { lines } }))
    say(`   ${refusal.status} ${refusal.code}: ${refusal.message}`)
    expect(refusal.code === 'OUT_OF_STOCK' && !isRetryable(refusal), 'nobody gets what is not there')

    step('Bob signs up and tries to read her order')
    const hidden = await refused(members.readOrder({ headers: await signUp('Bob'), params: { id: placed.id } }))
    say(`   ${hidden.status} ${hidden.code}: ${hidden.message}`)
    expect(hidden.status === 404, 'orders of others do not exist')

    step('Ada reads her orders, each line with the name of its product, and signs out')
    const { items: orders } = await members.listOrders({ headers: ada })
    for (const { id, total, lines } of orders) {
      say(`   ${short({ id })}  ${formatMoney(total).padStart(10)}  ${lines.map(({ name }) => name).join(' · ')}`)
    }
    await members.signOut({ headers: ada })
    const over = await refused(members.whoAmI({ headers: ada }))
    say(`   her token is worth nothing now: ${over.status} ${over.code}`)
  } finally {
    http.close()
  }

  /** Somebody may have bought the first one out on an earlier tour. */
  async function inStock(category: Product['category']): Promise<Product> {
    const { items } = await shop.listProducts({ query: { category } })
    const product = items.find(({ stock }) => stock >= 2)
    if (product === undefined) throw new Error(`${category} is sold out; remove the data of the shop to start afresh`)
    return product
  }
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
