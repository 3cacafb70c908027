/** Hono with its own validator for Zod; the same application for both runtimes. */
import { zValidator } from '@hono/zod-validator'
import { Hono } from 'hono'
import { z } from 'zod'
import { catalogue, githubRoutes } from '../shared.mjs'

export const app = new Hono()

app.get('/ping', (c) => c.json({ message: 'pong' }))

app.get('/users/:id', (c) => c.json({ id: c.req.param('id'), page: c.req.query('page'), q: c.req.query('q') }))

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
app.post('/orders', zValidator('json', Order), (c) => c.json(c.req.valid('json')))

for (const [method, path] of githubRoutes) app.on(method, `/gh${path}`, (c) => c.json({ ok: true }))

// Hono's middleware always waits, so that (e) and (g) are the same for it.
export let depth = 0
const layer = async (_c, next) => {
  depth++
  await next()
  depth--
}
app.get('/mw', layer, layer, layer, layer, layer, (c) => c.json({ message: 'pong' }))
app.get('/amw', layer, layer, layer, layer, layer, (c) => c.json({ message: 'pong' }))

app.get('/big', (c) => c.json(catalogue))
