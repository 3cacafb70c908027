import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { z } from 'zod'
import { defineApi, get, post } from '../api/define-api.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { createApp } from '../http/app.ts'
import type { EngineServer } from '../wire/engines/engine.ts'
import { socketsEngine } from '../wire/engines/sockets.ts'
import { client } from './client.ts'
import { HttpClient } from './http-client.ts'

const Order = z.object({
  id: z.string(),
  quantity: z.number(),
  placed: z.iso.datetime().transform((text) => new Date(text)),
})
const ordersApi = defineApi({
  place: post('/orders', {
    body: z.object({ sku: z.string(), quantity: z.int().default(1) }),
    responses: { 201: Order, 409: z.object({ code: z.string(), left: z.number() }) },
  }),
  find: get('/orders/:id', { responses: { 200: Order } }),
  search: get('/search', {
    query: z.object({ tag: z.array(z.string()), limit: z.coerce.number().optional() }),
    responses: { 200: z.object({ target: z.string() }) },
  }),
  watch: get('/orders/:id/events', { stream: z.object({ step: z.number() }) }),
  slow: get('/slow', { responses: { 200: z.object({}) } }),
  remove: post('/remove', { responses: { 204: null } }),
  liar: get('/liar', { responses: { 200: z.object({ honest: z.boolean() }) } }),
})

const order = { id: 'a/b', quantity: 2, placed: '2030-01-01T00:00:00Z' }
const seen: { traceparent: string[]; connections: Set<number> } = { traceparent: [], connections: new Set() }
let server: EngineServer
let url: string

function shop() {
  const app = createApp()
  app.use((c, next) => {
    seen.traceparent.push(c.raw.header('traceparent') ?? '')
    return next()
  })
  app.implement(ordersApi, {
    place: (c) => {
      if (c.body.sku === 'rare') return c.json({ code: 'OUT_OF_STOCK', left: 0 }, 409)
      return c.json({ ...order, quantity: c.body.quantity }, 201)
    },
    find: (c) => {
      if (c.params.id !== order.id)
        throw new ServiceError('NO_SUCH_ORDER', 'There is none.', { status: 404, details: { hint: 'look' } })
      return order
    },
    search: (c) => ({ target: c.raw.target }),
    watch: async function* () {
      for (const step of [1, 2, 3]) yield { step }
    },
    slow: (c) => new Promise((_, reject) => c.context.onCancel(reject)),
    remove: (c) => c.noContent(),
    liar: (c) => c.web(Response.json({ honest: 'no' })),
  })
  return app
}

before(async () => {
  server = await socketsEngine.listen({ handler: shop().handler })
  url = `http://127.0.0.1:${server.port}`
})

after(() => server.close())

describe('client', () => {
  it('sends the input side of the schemas and gives the output side', async () => {
    const placed = await client(ordersApi, { url }).place({ body: { sku: 'tea' } })
    assert.equal(placed.quantity, 1)
    assert.ok(placed.placed instanceof Date)
  })

  it('throws the other side’s error with its code, status and details', async () => {
    await assert.rejects(client(ordersApi, { url }).find({ params: { id: 'nobody' } }), {
      name: 'ServiceError',
      code: 'NO_SUCH_ORDER',
      status: 404,
      message: 'There is none.',
      details: { hint: 'look' },
    })
  })

  it('gives any declared answer on raw, told apart by status', async () => {
    const answer = await client(ordersApi, { url }).place.raw({ body: { sku: 'rare', quantity: 1 } })
    assert.equal(answer.status, 409)
    assert.deepEqual(answer.body, { code: 'OUT_OF_STOCK', left: 0 })
  })

  it('encodes what stands in a path, and repeats names for lists', async () => {
    const orders = client(ordersApi, { url })
    assert.equal((await orders.find({ params: { id: 'a/b' } })).id, 'a/b')
    const { target } = await orders.search({ query: { tag: ['a b', 'c&d'], limit: undefined } })
    assert.equal(target, '/search?tag=a+b&tag=c%26d')
  })

  it('iterates over events', async () => {
    const steps: number[] = []
    for await (const { step } of client(ordersApi, { url }).watch({ params: { id: 'a' } })) steps.push(step)
    assert.deepEqual(steps, [1, 2, 3])
  })

  it('gives nothing for an answer without a body', async () => {
    assert.equal(await client(ordersApi, { url }).remove(), undefined)
  })

  it('refuses an answer that breaks the contract', async () => {
    await assert.rejects(client(ordersApi, { url }).liar(), { code: 'BAD_ANSWER', status: 502 })
  })

  it('passes the trace on, a new one where there is none', async () => {
    seen.traceparent.length = 0
    await client(ordersApi, { url }).remove()
    assert.match(seen.traceparent[0] ?? '', /^00-[0-9a-f]{32}-[0-9a-f]{16}-0[0-3]$/)
  })

  it('ends with the nearer of its own time-out and the context’s deadline', async () => {
    const orders = client(ordersApi, { url })
    await assert.rejects(orders.slow(undefined, { timeoutMs: 20 }), { code: 'DEADLINE_EXCEEDED' })
    await assert.rejects(
      new Context({ timeoutMs: 20 }).run(() => orders.slow()),
      { code: 'DEADLINE_EXCEEDED' },
    )
  })

  it('ends when the caller’s signal aborts', async () => {
    const controller = new AbortController()
    const call = client(ordersApi, { url }).slow(undefined, { signal: controller.signal })
    setImmediate(() => controller.abort(new Error('enough')))
    await assert.rejects(call, { code: 'CANCELLED' })
  })

  it('says where a service would be looked for', async () => {
    await assert.rejects(client(ordersApi, { service: 'user-accounts' }).remove(), {
      code: 'SERVICE_UNKNOWN',
      message: /USER_ACCOUNTS_URL/,
    })
  })

  it('asks a resolver where the service is', async () => {
    const resolver = { resolve: (service: string) => (service === 'orders' ? url : '') }
    assert.equal(await client(ordersApi, { service: 'orders', resolver }).remove(), undefined)
  })
})

describe('HttpClient', () => {
  it('keeps connections: many calls in turn use one', async () => {
    const http = new HttpClient()
    const before = server.connections
    for (let i = 0; i < 20; i++)
      assert.equal((await (await http.request(`${url}/remove`, { method: 'POST' })).bytes()).length, 0)
    assert.ok(server.connections <= before + 1)
    http.close()
  })

  it('never has more connections to one host than allowed; calls beyond wait their turn', async () => {
    const http = new HttpClient({ maxPerHost: 2 })
    const before = server.connections
    const answers = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const answer = await http.request(`${url}/search?tag=a`)
        assert.ok(server.connections <= before + 2)
        return answer.text()
      }),
    )
    assert.equal(answers.length, 10)
    http.close()
  })

  it('repeats a call that a kept connection lost before anything was answered', async () => {
    const http = new HttpClient()
    const restarted = await socketsEngine.listen({ handler: shop().handler })
    const address = `http://127.0.0.1:${restarted.port}/search?tag=a`
    await (await http.request(address)).bytes()
    await restarted.close()
    const next = await socketsEngine.listen({ handler: shop().handler, port: restarted.port })
    assert.equal((await http.request(address)).status, 200)
    http.close()
    await next.close()
  })

  for (const bad of ['ftp://x/', 'nonsense', 'http://name:secret@host/']) {
    it(`refuses ${bad.replace('secret', '…')} without repeating it`, async () => {
      await assert.rejects(new HttpClient().request(bad), (error: ServiceError) => {
        assert.equal(error.code, 'BAD_URL')
        assert.ok(!error.message.includes('secret'))
        return true
      })
    })
  }

  it('says that nobody listens', async () => {
    const gone = await socketsEngine.listen({ handler: () => {} })
    const { port } = gone
    await gone.close()
    await assert.rejects(new HttpClient().request(`http://127.0.0.1:${port}/`), { code: 'CONNECT_FAILED' })
  })
})
