/** What a customer does: looks at the shelf, signs up, orders, asks for too much, reads the order. */
import { client, ServiceError } from 'genever'
import { HttpClient } from 'genever/client'
import { memberApi, publicApi } from '../../../examples/shop/gateway/api.ts'

/** @throws Error if the shop does not do what a customer may expect. */
export async function goShopping(gateway: string): Promise<void> {
  const http = new HttpClient()
  const shop = client(publicApi, { url: gateway, http })
  const members = client(memberApi, { url: gateway, http })
  try {
    const { items } = await shop.listProducts({ query: { category: 'mixers', limit: 50 } })
    const sku = items.find(({ stock }) => stock > 0)?.sku ?? ''
    const email = `ada-${crypto.randomUUID()}@example.com`
    const { token } = await shop.signUp({ body: { name: 'Ada', email, password: 'correct horse battery' } })
    const headers = { authorization: `Bearer ${token}` }
    const order = await members.placeOrder({ headers, body: { lines: [{ sku, quantity: 1 }] } })
    await refused(members.placeOrder({ headers, body: { lines: [{ sku, quantity: 100 }] } }))
    await members.readOrder({ headers, params: { id: order.id } })
    await members.listOrders({ headers })
  } finally {
    http.close()
  }
}

async function refused(call: Promise<unknown>): Promise<void> {
  const error: unknown = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof ServiceError) || error.status !== 409)
    throw new Error('There is more on the shelf than there can be.')
}
