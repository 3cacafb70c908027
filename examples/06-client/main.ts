/**
 * client: a contract is a value; the server implements it by name, the client is typed by it alone.
 *
 *   prints placed 2 of tea
 *   prints OUT_OF_STOCK 409
 *   prints steps packed, sent
 *   ends
 */
import { client, createService, defineApi, get, post, ServiceError } from 'genever'
import { z } from 'zod'

const Order = z.object({ id: z.string(), sku: z.string(), quantity: z.int() })
const ordersApi = defineApi({
  place: post('/orders', {
    body: z.object({ sku: z.string(), quantity: z.int().min(1).default(1) }),
    responses: { 201: Order },
  }),
  watch: get('/orders/:id/events', { stream: z.object({ step: z.string() }) }),
})

const service = createService({ name: 'orders' })
service.http.implement(ordersApi, {
  place: (c) => {
    if (c.body.sku !== 'tea') throw new ServiceError('OUT_OF_STOCK', 'There is only tea.', { status: 409 })
    return c.json({ id: '1', ...c.body }, 201)
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

await running.stop()
