/**
 * idempotency: a payment that is sent again, because its answer was lost, is made once and answered alike.
 *
 *   prints 201 paid 5.00, payment 1
 *   prints 201 paid 5.00, payment 1 (again)
 *   prints 422 IDEMPOTENCY_KEY_REUSED
 *   prints 1 payment was made
 *   ends
 */
import { createDatabase } from 'genever/database'
import { createApp } from 'genever/http'
import { idempotent } from 'genever/idempotency'
import { z } from 'zod'

const db = createDatabase<{ payment: { id: number; cents: number } }>({ url: 'sqlite::memory:' })
await db.query.schema
  .createTable('payment')
  .addColumn('id', 'integer', (column) => column.primaryKey())
  .addColumn('cents', 'integer')
  .execute()

const app = createApp()
app.post('/payments', { body: z.object({ cents: z.int() }) }, idempotent({ database: db }), async (c) => {
  const { cents } = c.body
  const { insertId } = await db.query
    .insertInto('payment')
    .values({ cents } as never)
    .executeTakeFirstOrThrow()
  return c.text(`paid ${(cents / 100).toFixed(2)}, payment ${insertId}`, 201)
})
await db.start()

async function pay(cents: number): Promise<void> {
  const answer = await app.request('/payments', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'idempotency-key': '8e03978e-40d5-43dd-bc93-6894a57f9324' },
    body: JSON.stringify({ cents }),
  })
  const text = await answer.text()
  const again = answer.headers.has('idempotent-replayed') ? ' (again)' : ''
  console.log(answer.status, answer.ok ? text + again : (JSON.parse(text) as { code: string }).code)
}

await pay(500)
await pay(500)
await pay(900)
const payments = await db.query.selectFrom('payment').selectAll().execute()
console.log(`${payments.length} payment was made`)
await db.stop()
