/** Express with its default settings and Zod, which has become its users' habit. */
import express from 'express'
import { z } from 'zod'
import { catalogue, githubRoutes, port } from '../shared.mjs'

const app = express()
app.disable('x-powered-by')
app.use(express.json())

app.get('/ping', (_request, response) => {
  response.json({ message: 'pong' })
})

app.get('/users/:id', (request, response) => {
  response.json({ id: request.params.id, page: request.query.page, q: request.query.q })
})

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
app.post('/orders', (request, response) => {
  const order = Order.safeParse(request.body)
  if (order.success) response.json(order.data)
  else response.status(400).json({ issues: order.error.issues })
})

const github = express.Router()
for (const [method, path] of githubRoutes) {
  github[method.toLowerCase()](path, (_request, response) => {
    response.json({ ok: true })
  })
}
app.use('/gh', github)

export let depth = 0
const layer = (_request, _response, next) => {
  depth++
  next()
  depth--
}
const asyncLayer = async (_request, _response, next) => {
  depth++
  await next()
  depth--
}
const pong = (_request, response) => {
  response.json({ message: 'pong' })
}
app.get('/mw', layer, layer, layer, layer, layer, pong)
app.get('/amw', asyncLayer, asyncLayer, asyncLayer, asyncLayer, asyncLayer, pong)

app.get('/big', (_request, response) => {
  response.json(catalogue)
})

const server = app.listen(port, '127.0.0.1')
process.once('SIGTERM', () => server.close())
