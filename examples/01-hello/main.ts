/**
 * hello: a service in 15 lines. Run it with `bun main.ts` or `node main.ts` and ask it on :8080; :9090 says how it is.
 *
 *   POST /api/v1/orders {"sku":"tea","quantity":2} → 201 {"sku":"tea","quantity":2,"id":
 *   POST /api/v1/orders {"sku":"","quantity":0} → 400 "code":"VALIDATION_FAILED"
 */
import { createService } from 'genever'
import { z } from 'zod'

const service = createService({ name: 'orders' })
const api = service.http.group('/api/v1')
const NewOrder = z.object({ sku: z.string().min(1), quantity: z.int().min(1).max(100) })
const Order = NewOrder.extend({ id: z.string() })

api.post('/orders', { body: NewOrder, responses: { 201: Order } }, (c) => {
  const order = { id: crypto.randomUUID(), ...c.body } // typed, validated: every broken rule is answered at once
  return c.json(order, 201)
})

await service.run() // :8080 traffic; :9090 /livez /readyz /startupz /health /metrics
