/**
 * Genever, as a user would write it: what the peers beside it answer too.
 *
 *   PORT        where it listens on 127.0.0.1
 *   ENGINE      sockets, native or libc
 *   TELEMETRY   off · metrics (what a service has by itself) · full (adds the access log, and spans of a tenth of the requests,
 *               which are put together as OTLP and handed to nobody)
 *   SHEDDING    off: without the door, for comparison
 */
import { readFileSync } from 'node:fs'
import { createService } from 'genever'
import type { Middleware } from 'genever/http'
import { BatchExporter, ProtobufSpanEncoder } from 'genever/telemetry'
import { z } from 'zod'

const telemetry = process.env.TELEMETRY ?? 'metrics'

const service = createService({
  name: 'benchmark',
  ...(process.env.SHEDDING === 'off' && { shedding: false as const }),
  ...(telemetry === 'off' && { middleware: { metrics: false, tracing: false, requestId: false, accessLog: false } }),
  ...(telemetry === 'full' && {
    middleware: { accessLog: true },
    telemetry: { traces: { exporter: discardedSpans(), ratio: 0.1 } },
  }),
})
const app = service.http

// (a) the smallest answer
const Message = z.object({ message: z.string() })
app.get('/ping', { responses: { 200: Message } }, () => ({ message: 'pong' }))

// (b) a parameter and two query values
const Page = z.object({ page: z.string(), q: z.string() })
const User = z.object({ id: z.string(), page: z.string(), q: z.string() })
app.get('/users/:id', { query: Page, responses: { 200: User } }, (c) => ({
  id: c.params.id,
  page: c.query.page,
  q: c.query.q,
}))

// (c) a body that is bound, validated and echoed
const Order = z.object({
  id: z.int().min(1),
  name: z.string().min(2).max(50),
  email: z.email(),
  age: z.int().min(18).max(120),
  quantity: z.int().min(1).max(1_000),
  price: z.number().positive(),
  currency: z.enum(['USD', 'EUR', 'CNY']),
  address: z.string().min(5),
  phone: z.string().min(7).max(20),
  active: z.boolean(),
})
app.post('/orders', { body: Order, responses: { 200: Order } }, (c) => c.body)

// (d) the routes of a large API
const Ok = z.object({ ok: z.boolean() })
const github = app.group('/gh')
for (const line of readFileSync(new URL('../scenarios/github-routes.txt', import.meta.url), 'utf8')
  .trim()
  .split('\n')) {
  const [method = '', path = ''] = line.split(' ')
  github.handle(method, path, { responses: { 200: Ok } }, () => ({ ok: true }))
}

// (e) five layers of an onion, (g) five that wait
export let depth = 0
const layer: Middleware = (_c, next) => {
  depth++
  const reply = next()
  depth--
  return reply
}
const asyncLayer: Middleware = async (_c, next) => {
  depth++
  const reply = await next()
  depth--
  return reply
}
app
  .group('/mw', layer, layer, layer, layer, layer)
  .get('', { responses: { 200: Message } }, () => ({ message: 'pong' }))
app
  .group('/amw', asyncLayer, asyncLayer, asyncLayer, asyncLayer, asyncLayer)
  .get('', { responses: { 200: Message } }, () => ({ message: 'pong' }))

// (f) eleven kilobytes, written anew for each request
const Item = z.object({
  id: z.int(),
  name: z.string(),
  price: z.number(),
  tags: z.array(z.string()),
  active: z.boolean(),
  note: z.string(),
})
const big = {
  items: Array.from({ length: 100 }, (_, id) => ({
    id,
    name: `item number ${id}`,
    price: id * 3 + 0.5,
    tags: ['alpha', 'beta'],
    active: id % 2 === 1,
    note: 'some text here',
  })),
}
app.get('/big', { responses: { 200: z.object({ items: z.array(Item) }) } }, () => big)

await service.run()

function discardedSpans() {
  return new BatchExporter({
    signal: 'traces',
    encoder: new ProtobufSpanEncoder({ 'service.name': 'benchmark' }),
    send: async () => ({ kind: 'accepted', rejected: 0 }),
  })
}
