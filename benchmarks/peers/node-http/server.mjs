/** node:http with nothing on top but a small router and Zod: what a framework on Node.js starts from. */
import { createServer } from 'node:http'
import { z } from 'zod'
import { catalogue, githubRoutes, port } from '../shared.mjs'
import { Router } from './router.mjs'

const router = new Router()

const sendJson = (response, status, value) => {
  const body = JSON.stringify(value)
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) })
  response.end(body)
}

const pong = (_request, response) => sendJson(response, 200, { message: 'pong' })
router.add('GET', '/ping', pong)

router.add('GET', '/users/:id', (_request, response, params, search) => {
  const query = new URLSearchParams(search)
  sendJson(response, 200, { id: params.id, page: query.get('page'), q: query.get('q') })
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
const maxBodyBytes = 1 << 20
router.add('POST', '/orders', (request, response) => {
  const pieces = []
  let bytes = 0
  request.on('data', (piece) => {
    bytes += piece.length
    if (bytes > maxBodyBytes) request.destroy()
    else pieces.push(piece)
  })
  request.on('end', () => answerOrder(response, Buffer.concat(pieces).toString()))
})

function answerOrder(response, text) {
  let order
  try {
    order = Order.safeParse(JSON.parse(text))
  } catch {
    return sendJson(response, 400, { error: 'the body is not JSON' })
  }
  if (order.success) sendJson(response, 200, order.data)
  else sendJson(response, 400, { issues: order.error.issues })
}

for (const [method, path] of githubRoutes) {
  router.add(method, `/gh${path}`, (_request, response) => sendJson(response, 200, { ok: true }))
}

export let depth = 0
const layer = (next) => (request, response, params, search) => {
  depth++
  next(request, response, params, search)
  depth--
}
const asyncLayer = (next) => async (request, response, params, search) => {
  depth++
  await next(request, response, params, search)
  depth--
}
const inFive = (wrap, handler) => wrap(wrap(wrap(wrap(wrap(handler)))))
router.add('GET', '/mw', inFive(layer, pong))
router.add('GET', '/amw', inFive(asyncLayer, pong))

router.add('GET', '/big', (_request, response) => sendJson(response, 200, catalogue))

const server = createServer((request, response) => {
  if (!router.run(request, response)) sendJson(response, 404, { error: 'there is nothing here' })
})
server.listen(port, '127.0.0.1')
process.once('SIGTERM', () => server.close())
