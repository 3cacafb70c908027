/** Fastify with a JSON schema for every answer, which is what makes its serialiser fast. */
import Fastify from 'fastify'
import { catalogue, githubRoutes, port } from '../shared.mjs'

const app = Fastify()
const string = { type: 'string' }
const object = (properties, rest) => ({ type: 'object', properties, ...rest })
const answers = (schema) => ({ response: { 200: schema } })
const message = object({ message: string })

app.get('/ping', { schema: answers(message) }, async () => ({ message: 'pong' }))

const user = object({ id: string, page: string, q: string })
const query = object({ page: string, q: string }, { required: ['page', 'q'] })
app.get('/users/:id', { schema: { querystring: query, ...answers(user) } }, async (request) => ({
  id: request.params.id,
  page: request.query.page,
  q: request.query.q,
}))

const orderFields = {
  id: { type: 'integer', minimum: 1 },
  name: { type: 'string', minLength: 2, maxLength: 50 },
  email: { type: 'string', format: 'email' },
  age: { type: 'integer', minimum: 18, maximum: 120 },
  quantity: { type: 'integer', minimum: 1, maximum: 1_000 },
  price: { type: 'number', exclusiveMinimum: 0 },
  currency: { type: 'string', enum: ['USD', 'EUR', 'CNY'] },
  address: { type: 'string', minLength: 5 },
  phone: { type: 'string', minLength: 7, maxLength: 20 },
  active: { type: 'boolean' },
}
const order = object(orderFields, { required: Object.keys(orderFields) })
app.post('/orders', { schema: { body: order, ...answers(order) } }, async (request) => request.body)

const ok = object({ ok: { type: 'boolean' } })
for (const [method, path] of githubRoutes) {
  app.route({ method, url: `/gh${path}`, schema: answers(ok), handler: async () => ({ ok: true }) })
}

// Hooks are Fastify's middleware. `done` runs the next one at once, so that this counts like an onion.
export let depth = 0
const layer = (_request, _reply, done) => {
  depth++
  done()
  depth--
}
const asyncLayer = async () => {
  depth++
}
const five = (hook) => Array.from({ length: 5 }, () => hook)
app.get('/mw', { onRequest: five(layer), schema: answers(message) }, async () => ({ message: 'pong' }))
app.get('/amw', { onRequest: five(asyncLayer), schema: answers(message) }, async () => ({ message: 'pong' }))

const item = object({
  id: { type: 'integer' },
  name: string,
  price: { type: 'number' },
  tags: { type: 'array', items: string },
  active: { type: 'boolean' },
  note: string,
})
app.get('/big', { schema: answers(object({ items: { type: 'array', items: item } })) }, async () => catalogue)

process.once('SIGTERM', () => app.close())
await app.listen({ port, host: '127.0.0.1' })
