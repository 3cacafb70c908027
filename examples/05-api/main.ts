/**
 * api: a contract is a value; OpenAPI is printed from it.
 *
 *   prints place POST /orders
 *   prints "/orders/{id}"
 *   prints "summary": "One order by its id"
 *   ends
 */
import { defineApi, get, post } from 'genever'
import { openApiDocument } from 'genever/api'
import { z } from 'zod'

const Order = z.object({ id: z.string(), sku: z.string() })
const ordersApi = defineApi({
  place: post('/orders', { body: z.object({ sku: z.string() }), responses: { 201: Order } }),
  find: get('/orders/:id', { responses: { 200: Order }, summary: 'One order by its id' }),
})

for (const [name, { method, path }] of Object.entries(ordersApi)) console.log(name, method, path)

const operations = Object.entries(ordersApi).map(([name, operation]) => ({ name, ...operation }))
console.log(JSON.stringify(openApiDocument(operations, { title: 'orders', version: '1.0.0' }), null, 2))
