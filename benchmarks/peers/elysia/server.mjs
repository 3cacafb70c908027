/** Elysia with its own schemas, which it compiles into each route's handler. */
import { Elysia, t } from 'elysia'
import { catalogue, githubRoutes, port } from '../shared.mjs'

const app = new Elysia()
// Elysia answers 422 by itself; the scenario asks for 400.
app.onError(({ code, error, status }) => (code === 'VALIDATION' ? status(400, error.message) : undefined))

app.get('/ping', () => ({ message: 'pong' }))

app.get('/users/:id', ({ params, query }) => ({ id: params.id, page: query.page, q: query.q }), {
  query: t.Object({ page: t.String(), q: t.String() }),
})

const Order = t.Object({
  id: t.Integer({ minimum: 1 }),
  name: t.String({ minLength: 2, maxLength: 50 }),
  email: t.String({ format: 'email' }),
  age: t.Integer({ minimum: 18, maximum: 120 }),
  quantity: t.Integer({ minimum: 1, maximum: 1_000 }),
  price: t.Number({ exclusiveMinimum: 0 }),
  // Not t.UnionEnum: that one fills an absent value in with the first.
  currency: t.Union([t.Literal('USD'), t.Literal('EUR'), t.Literal('CNY')]),
  address: t.String({ minLength: 5 }),
  phone: t.String({ minLength: 7, maxLength: 20 }),
  active: t.Boolean(),
})
app.post('/orders', ({ body }) => body, { body: Order })

for (const [method, path] of githubRoutes) app.route(method, `/gh${path}`, () => ({ ok: true }))

// Hooks are Elysia's middleware: they run before the handler and have no way to wrap it.
export let depth = 0
const layer = () => {
  depth++
}
const asyncLayer = async () => {
  depth++
}
const five = (hook) => ({ beforeHandle: Array.from({ length: 5 }, () => hook) })
app.get('/mw', () => ({ message: 'pong' }), five(layer))
app.get('/amw', () => ({ message: 'pong' }), five(asyncLayer))

app.get('/big', () => catalogue)

app.listen({ port, hostname: '127.0.0.1' })
process.once('SIGTERM', () => app.stop())
