/** gateway: the one door to the shop. It keeps nothing itself; it asks those inside. */
import { createService, type Service } from 'genever'
import type { Api, ClientOf } from 'genever/api'
import { environmentResolver, type Resolver } from 'genever/client'
import { Group } from 'genever/concurrency'
import type { HttpContext } from 'genever/http'
import { rateLimit } from 'genever/middleware'
import { isOutage } from 'genever/resilience'
import { inventoryApi } from '../inventory/api.ts'
import { callPolicies } from '../kit/call-policies.ts'
import { notificationsApi } from '../notifications/api.ts'
import { type Order, ordersApi } from '../orders/api.ts'
import { paymentsApi } from '../payments/api.ts'
import { pointsApi } from '../points/api.ts'
import { usersApi } from '../users/api.ts'
import { memberApi, type OrderView, publicApi } from './api.ts'
import { Catalogue, type Shown } from './catalogue.ts'
import { signedIn } from './signed-in.ts'

export function createGateway(resolver: Resolver = environmentResolver): Service {
  const service = createService({
    name: 'gateway',
    slo: { availability: 0.999, latency: { p99Ms: 250 } },
    // The time left goes along with every call inside, so that nobody works for a client that has given up.
    http: { timeoutMs: 10_000 },
  })
  const to = <const A extends Api>(api: A, name: string, timeoutMs?: number): ClientOf<A> =>
    service.client(api, { service: name, resolver, policies: callPolicies(name, timeoutMs) })
  const users = to(usersApi, 'users')
  const orders = to(ordersApi, 'orders')
  const payments = to(paymentsApi, 'payments', 2_000)
  const points = to(pointsApi, 'points', 1_000)
  const notifications = to(notificationsApi, 'notifications', 1_000)
  const catalogue = new Catalogue(to(inventoryApi, 'inventory', 5_000))

  // One client alone shall not take the shop from the others.
  service.http.use(rateLimit({ limit: 100, windowMs: 1_000, burst: 500 }))

  service.http.implement(publicApi, {
    signUp: async (c) => c.json(await users.signUp({ body: c.body }), 201),
    signIn: async (c) => c.json(await users.signIn({ body: c.body }), 201),
    listProducts: async (c) => c.json(shown(c, await catalogue.list(c.query))),
    getProduct: async (c) => c.json(shown(c, await catalogue.find(c.params.sku))),
  })
  service.http.implement(
    memberApi,
    {
      whoAmI: (c) => c.json(c.state.user),
      async signOut(c) {
        await users.signOut({ headers: c.headers })
        return c.noContent()
      },
      async placeOrder(c) {
        const headers = { 'x-user-id': c.state.user.id, 'idempotency-key': c.headers['idempotency-key'] }
        const order = await orders.place({ headers, body: c.body })
        return c.json(viewOf(order, await namesIn(c, [order])), order.status === 'pending' ? 202 : 201)
      },
      async listOrders(c) {
        const { items, next } = await orders.list({ headers: { 'x-user-id': c.state.user.id }, query: c.query })
        const names = await namesIn(c, items)
        return c.json({ items: items.map((order) => viewOf(order, names)), next })
      },
      async readOrder(c) {
        const order = await orders.read({ params: c.params, headers: { 'x-user-id': c.state.user.id } })
        return c.json(viewOf(order, await namesIn(c, [order])))
      },
      readPoints: async (c) => c.json(await points.read({ params: { userId: c.state.user.id } })),
      readAccount: async (c) => c.json(await payments.readAccount({ params: { userId: c.state.user.id } })),
      listNotifications: async (c) => c.json(await notifications.list({ params: { userId: c.state.user.id } })),
      /** What is asked of several services is asked of all at once; the first that fails ends the others. */
      async overview(c) {
        const { user } = c.state
        const [latest, shelf, total] = await Group.run(async (group) => {
          const latest = group.go(() => orders.list({ headers: { 'x-user-id': user.id }, query: { limit: 5 } }))
          const shelf = group.go(() => catalogue.list({ category: 'genever', limit: 5 }))
          const total = group.go(() => pointsOf(c, user.id))
          return [await latest.result, await shelf.result, await total.result] as const
        })
        const names = await namesIn(c, latest.items)
        const orderViews = latest.items.map((order) => viewOf(order, names))
        return c.json({ user, orders: orderViews, products: shown(c, shelf).items, points: total })
      },
    },
    signedIn(users),
  )

  /** Names by SKU of everything in these orders; none while inventory cannot be asked. */
  async function namesIn(c: HttpContext, list: readonly Order[]): Promise<ReadonlyMap<string, string>> {
    const skus = [...new Set(list.flatMap((order) => order.lines.map((line) => line.sku)))]
    const names = await catalogue.namesOf(skus)
    if (names === undefined) degrade(c)
    return names ?? new Map()
  }

  /** Nobody goes without her orders because points has stopped. */
  async function pointsOf(c: HttpContext, userId: string): Promise<number | null> {
    try {
      return (await points.read({ params: { userId } })).total
    } catch (error) {
      if (!isOutage(error)) throw error
      degrade(c, 'points')
      return null
    }
  }

  return service
}

/** Says how old it is, if it is not what inventory has just said (RFC 9111 section 5.1). */
function shown<T>(c: HttpContext, { value, ageMs }: Shown<T>): T {
  if (ageMs === 0) return value
  degrade(c)
  c.header('age', String(Math.ceil(ageMs / 1_000)))
  return value
}

/** The answer is less than it should be, and says so. */
function degrade(c: HttpContext, missing = 'inventory'): void {
  c.header('x-degraded', missing)
}

/** Orders know what was bought by its SKU; people know it by its name. */
function viewOf(order: Order, names: ReadonlyMap<string, string>): OrderView {
  const lines = order.lines.map((line) => ({ ...line, name: names.get(line.sku) ?? line.sku }))
  return { ...order, lines }
}
