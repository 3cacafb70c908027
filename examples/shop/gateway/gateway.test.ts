import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client, type RunningService } from 'genever'
import type { ClientOf } from 'genever/api'
import { createInventory } from '../inventory/service.ts'
import { testFolder } from '../kit/test-folder.ts'
import { createOrders } from '../orders/service.ts'
import { createUsers } from '../users/service.ts'
import { memberApi, publicApi } from './api.ts'
import { createGateway } from './service.ts'

describe('gateway', () => {
  const folder = testFolder()
  const running: RunningService[] = []
  let url = ''
  let shop: ClientOf<typeof publicApi>
  let members: ClientOf<typeof memberApi>

  before(async () => {
    const urls = new Map<string, string>()
    const resolver = { resolve: (service: string) => urls.get(service) ?? '' }
    const settings = { config: { folder: folder.path } }
    for (const service of [createUsers(), createInventory(), createOrders(resolver)]) {
      const started = await service.start(settings)
      urls.set(service.name, started.url)
      running.push(started)
    }
    const gateway = await createGateway(resolver).start()
    running.push(gateway)
    url = gateway.url
    shop = client(publicApi, { url })
    members = client(memberApi, { url })
  })
  after(async () => {
    for (const service of running.toReversed()) await service.stop()
    folder.remove()
  })

  async function signUp(name: string): Promise<{ authorization: string }> {
    const { token } = await shop.signUp({ body: { email: `${name}@example.com`, password: 'a long password', name } })
    return { authorization: `Bearer ${token}` }
  }

  it('shows the catalogue to everybody', async () => {
    const { items, next } = await shop.listProducts({ query: { category: 'genever', limit: 4 } })
    assert.equal(items.length, 4)
    assert.ok(items.every(({ category }) => category === 'genever'))
    assert.notEqual(next, null)
  })

  it('takes an order and names what was bought', async () => {
    const headers = await signUp('ada')
    const lines = [{ sku: 'gen-oude-70', quantity: 2 }]
    const order = await members.placeOrder({ headers, body: { lines } })
    assert.deepEqual(
      order.lines.map(({ name, quantity }) => ({ name, quantity })),
      [{ name: 'Oude Genever, 70 cl', quantity: 2 }],
    )
    assert.deepEqual(await members.readOrder({ headers, params: { id: order.id } }), order)
    assert.deepEqual(await members.listOrders({ headers }), { items: [order], next: null })
  })

  it('shows nobody the orders of others', async () => {
    const bob = await signUp('bob')
    const eve = await signUp('eve')
    const { id } = await members.placeOrder({ headers: bob, body: { lines: [{ sku: 'food-syrup', quantity: 1 }] } })
    await assert.rejects(members.readOrder({ headers: eve, params: { id } }), { code: 'UNKNOWN_ORDER', status: 404 })
  })

  it('does not believe a client that says who it is', async () => {
    const headers = { 'x-user-id': crypto.randomUUID() }
    const answer = await fetch(`${url}/api/v1/orders`, { headers })
    assert.equal(answer.status, 401)
    assert.equal(answer.headers.get('www-authenticate'), 'Bearer')
  })

  it('does not let a member act as another by a header', async () => {
    const carol = await signUp('carol')
    const dora = await signUp('dora')
    const { id } = await members.whoAmI({ headers: carol })
    await members.placeOrder({ headers: carol, body: { lines: [{ sku: 'mix-cola-4', quantity: 1 }] } })
    const answer = await fetch(`${url}/api/v1/orders`, { headers: { ...dora, 'x-user-id': id } })
    assert.deepEqual(await answer.json(), { items: [], next: null })
  })

  it('passes on what goes wrong inside, with its code', async () => {
    const headers = await signUp('frank')
    const body = { lines: [{ sku: 'gen-single-50', quantity: 99 }] }
    await assert.rejects(members.placeOrder({ headers, body }), { code: 'OUT_OF_STOCK', status: 409 })
    await assert.rejects(shop.getProduct({ params: { sku: 'none' } }), { code: 'UNKNOWN_PRODUCT', status: 404 })
  })

  it('forgets who signed out', async () => {
    const headers = await signUp('gina')
    await members.signOut({ headers })
    await assert.rejects(members.whoAmI({ headers }), { code: 'NOT_SIGNED_IN', status: 401 })
  })
})
