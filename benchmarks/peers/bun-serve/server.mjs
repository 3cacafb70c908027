/** Bun.serve with its own `routes` and Zod: what a framework on Bun starts from. */
import { z } from 'zod'
import { catalogue, githubRoutes, port } from '../shared.mjs'

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

const pong = () => Response.json({ message: 'pong' })

const user = (request) => {
  const query = new URL(request.url).searchParams
  return Response.json({ id: request.params.id, page: query.get('page'), q: query.get('q') })
}

const createOrder = async (request) => {
  const order = Order.safeParse(await request.json().catch(() => undefined))
  if (order.success) return Response.json(order.data)
  return Response.json({ issues: order.error.issues }, { status: 400 })
}

const github = {}
for (const [method, path] of githubRoutes) {
  github[`/gh${path}`] = { ...github[`/gh${path}`], [method]: () => Response.json({ ok: true }) }
}

// Bun.serve has no middleware: functions around functions.
export let depth = 0
const layer = (next) => (request) => {
  depth++
  const response = next(request)
  depth--
  return response
}
const asyncLayer = (next) => async (request) => {
  depth++
  const response = await next(request)
  depth--
  return response
}
const inFive = (wrap, handler) => wrap(wrap(wrap(wrap(wrap(handler)))))

const server = Bun.serve({
  port,
  hostname: '127.0.0.1',
  routes: {
    '/ping': { GET: pong },
    '/users/:id': { GET: user },
    '/orders': { POST: createOrder },
    '/mw': { GET: inFive(layer, pong) },
    '/amw': { GET: inFive(asyncLayer, pong) },
    '/big': { GET: () => Response.json(catalogue) },
    ...github,
  },
  fetch: () => Response.json({ error: 'there is nothing here' }, { status: 404 }),
})
process.once('SIGTERM', () => server.stop())
