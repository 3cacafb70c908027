import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { client } from 'genever'
import type { ClientOf } from 'genever/api'
import { createInventory } from '../inventory/service.ts'
import { TestShop, until } from '../kit/test-shop.ts'
import { memberApi, publicApi } from './api.ts'
import { createGateway } from './service.ts'

describe('gateway', () => {
  const inside = new TestShop()
  let url = ''
  let shop: ClientOf<typeof publicApi>
  let members: ClientOf<typeof memberApi>

  before(async () => {
    await inside.startAll()
    ;({ url } = await inside.startBare(createGateway(inside.resolver)))
    shop = client(publicApi, { url, policies: [] })
    members = client(memberApi, { url, policies: [] })
  })
  after(() => inside.end())

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

  it('shows a member what she needs at once', async () => {
    const headers = await signUp('hanna')
    const order = await members.placeOrder({ headers, body: { lines: [{ sku: 'food-syrup', quantity: 1 }] } })
    await until('points', async () => (await members.readPoints({ headers })).total === 6)
    const { user, orders, products, points } = await members.overview({ headers })
    assert.deepEqual([user.name, orders, products.length, points], ['hanna', [order], 5, 6])
  })

  it('tells a member what she owes and what became of her orders', async () => {
    const headers = await signUp('jane')
    const { id } = await members.placeOrder({ headers, body: { lines: [{ sku: 'food-syrup', quantity: 1 }] } })
    assert.equal((await members.readAccount({ headers })).owed.amount, 690)
    const { items } = await until('a letter', async () => {
      const letters = await members.listNotifications({ headers })
      return letters.items.length > 0 && letters
    })
    assert.deepEqual(
      items.map(({ orderId }) => orderId),
      [id],
    )
  })

  it('shows the overview without points while nobody counts them', async () => {
    const headers = await signUp('kate')
    await inside.stop('points')
    const answer = await members.overview.raw({ headers })
    assert.deepEqual([answer.body.points, answer.headers.get('x-degraded')], [null, 'points'])
  })

  it('does not let one client take the shop from the others', async () => {
    const { headers } = await shop.listProducts.raw({ query: {} })
    assert.match(headers.get('ratelimit-policy') ?? '', /^"default";q=\d+;w=1$/)
  })

  it('shows the shelf as it was while inventory is gone, sells nothing, and goes on when it is back', async () => {
    const headers = { ...(await signUp('ida')), 'idempotency-key': 'once' }
    const query = { category: 'gin', limit: 3 } as const
    const before = await shop.listProducts({ query })
    const order = await members.placeOrder({ headers, body: { lines: [{ sku: 'food-syrup', quantity: 1 }] } })

    const port = await inside.stop('inventory')
    const stale = await shop.listProducts.raw({ query })
    assert.deepEqual(stale.body, before)
    assert.equal(stale.headers.get('x-degraded'), 'inventory')
    assert.match(stale.headers.get('age') ?? '', /^\d+$/)
    const unseen = await fetch(`${url}/api/v1/products/gin-dry-70`)
    assert.equal(unseen.status, 503, 'nobody has looked at it before, so that nothing is known of it')
    await unseen.arrayBuffer()
    const { lines } = await members.readOrder({ headers, params: { id: order.id } })
    assert.deepEqual(
      lines.map(({ name }) => name),
      ['food-syrup'],
    )
    const wanted = {
      headers: { ...headers, 'idempotency-key': 'later' },
      body: { lines: [{ sku: 'food-syrup', quantity: 1 }] },
    }
    await assert.rejects(members.placeOrder(wanted), { code: 'ORDERS_PAUSED', status: 503 })

    await inside.start(createInventory(), port)
    const placed = await until('an order', () => members.placeOrder(wanted).catch(() => undefined))
    assert.equal(placed.lines[0]?.quantity, 1)
    const { items } = await members.listOrders({ headers })
    assert.equal(items.length, 2, 'what was refused was not ordered')
  })
})
