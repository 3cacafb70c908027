/**
 * client: a contract is a value; the server implements it by name, the client is typed by it alone and stands what goes wrong.
 *
 *   prints placed 2 of tea
 *   prints OUT_OF_STOCK 409
 *   prints steps packed, sent
 *   prints found in spite of a passing failure
 *   prints a dead address costs nothing
 *   prints URL_FORBIDDEN
 *   ends
 */
import { client, createService, defineApi, get, post, ServiceError } from 'genever'
import { HttpClient, upstreamOf } from 'genever/client'
import { z } from 'zod'

const Order = z.object({ id: z.string(), sku: z.string(), quantity: z.int() })
const ordersApi = defineApi({
  place: post('/orders', {
    body: z.object({ sku: z.string(), quantity: z.int().min(1).default(1) }),
    responses: { 201: Order },
  }),
  find: get('/orders/:id', { responses: { 200: Order } }),
  watch: get('/orders/:id/events', { stream: z.object({ step: z.string() }) }),
})

let isBusy = true
const service = createService({ name: 'orders' })
service.http.implement(ordersApi, {
  place: (c) => {
    if (c.body.sku !== 'tea') throw new ServiceError('OUT_OF_STOCK', 'There is only tea.', { status: 409 })
    return c.json({ id: '1', ...c.body }, 201)
  },
  find: (c) => {
    if (!isBusy) return { id: c.params.id, sku: 'tea', quantity: 2 }
    isBusy = false
    throw new ServiceError('BUSY', 'Not now.', { status: 503 })
  },
  watch: async function* () {
    yield { step: 'packed' }
    yield { step: 'sent' }
  },
})
const running = await service.start({ logLevel: 'silent' })
const orders = client(ordersApi, { url: running.url })

const order = await orders.place({ body: { sku: 'tea', quantity: 2 } })
console.log(`placed ${order.quantity} of ${order.sku}`)

await orders.place({ body: { sku: 'coffee' } }).catch((error: ServiceError) => console.log(error.code, error.status))

const steps: string[] = []
for await (const { step } of orders.watch({ params: { id: order.id } })) steps.push(step)
console.log(`steps ${steps.join(', ')}`)

// The first answer is 503: the call is made again, because it may be.
await orders.find({ params: { id: '1' } })
console.log('found in spite of a passing failure')

// Nobody listens at the second address: whatever is sent there is sent to the first one instead.
const balanced = client(ordersApi, { service: 'orders', url: [running.url, 'http://127.0.0.1:9'] })
for (let call = 0; call < 10; call++) await balanced.place({ body: { sku: 'tea' } })
console.log('a dead address costs nothing')

// A URL that a user gives leads to the public Internet or nowhere.
const http = new HttpClient({ guard: 'public' })
await http.request('http://169.254.169.254/').catch((error: ServiceError) => console.log(error.code))

for (const each of [orders, balanced]) upstreamOf(each).close()
http.close()
await running.stop()
