/** gateway: the one door to the shop. It keeps nothing itself; it asks users, inventory and orders. */
import { client, createService, type Service } from 'genever'
import { environmentResolver, type Resolver } from 'genever/client'
import { inventoryApi } from '../inventory/api.ts'
import { type Order, ordersApi } from '../orders/api.ts'
import { usersApi } from '../users/api.ts'
import { memberApi, type OrderView, publicApi } from './api.ts'
import { signedIn } from './signed-in.ts'

export function createGateway(resolver: Resolver = environmentResolver): Service {
  const service = createService({
    name: 'gateway',
    slo: { availability: 0.999, latency: { p99Ms: 250 } },
    // The time left goes along with every call inside, so that nobody works for a client that has given up.
    http: { timeoutMs: 10_000 },
  })
  const users = client(usersApi, { service: 'users', resolver })
  const inventory = client(inventoryApi, { service: 'inventory', resolver })
  const orders = client(ordersApi, { service: 'orders', resolver })

  service.http.implement(publicApi, {
    signUp: async (c) => c.json(await users.signUp({ body: c.body }), 201),
    signIn: async (c) => c.json(await users.signIn({ body: c.body }), 201),
    listProducts: async (c) => c.json(await inventory.listProducts({ query: c.query })),
    getProduct: async (c) => c.json(await inventory.getProduct({ params: c.params })),
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
        return c.json(viewOf(order, await namesIn([order])), 201)
      },

      async listOrders(c) {
        const { items, next } = await orders.list({ headers: { 'x-user-id': c.state.user.id }, query: c.query })
        const names = await namesIn(items)
        return c.json({ items: items.map((order) => viewOf(order, names)), next })
      },

      async readOrder(c) {
        const order = await orders.read({ params: c.params, headers: { 'x-user-id': c.state.user.id } })
        return c.json(viewOf(order, await namesIn([order])))
      },
    },
    signedIn(users),
  )

  /** Names by SKU of everything in these orders, in one call. */
  async function namesIn(list: readonly Order[]): Promise<Map<string, string>> {
    const skus = [...new Set(list.flatMap((order) => order.lines.map((line) => line.sku)))]
    const { items } = await inventory.findProducts({ body: { skus } })
    return new Map(items.map(({ sku, name }) => [sku, name]))
  }

  return service
}

/** Orders know what was bought by its SKU; people know it by its name. */
function viewOf(order: Order, names: ReadonlyMap<string, string>): OrderView {
  const lines = order.lines.map((line) => ({ ...line, name: names.get(line.sku) ?? line.sku }))
  return { ...order, lines }
}
