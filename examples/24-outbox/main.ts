/**
 * outbox: an order and its event become true together, and the points for it are given once, though it is delivered twice.
 *
 *   prints no order, no event: the payment was refused
 *   prints ann has 12 points
 *   ends
 */
import { createDatabase } from 'genever/database'
import { createMessaging, defineEvent } from 'genever/messaging'
import { Inbox, Outbox, Relay } from 'genever/outbox'
import { z } from 'zod'

interface Tables {
  orders: { id: string; cents: number }
  points: { customer: string; total: number }
}

const orderPlaced = defineEvent('order.placed', { data: z.object({ orderId: z.string(), cents: z.int() }) })

const db = createDatabase<Tables>({ url: 'sqlite::memory:' })
await db.query.schema.createTable('orders').addColumn('id', 'text').addColumn('cents', 'integer').execute()
await db.query.schema.createTable('points').addColumn('customer', 'text').addColumn('total', 'integer').execute()
await db.query.insertInto('points').values({ customer: 'ann', total: 0 }).execute()

const inbox = new Inbox({ database: db })
const messages = createMessaging({ url: 'sqlite::memory:', source: 'orders', layers: [inbox.layer] })
const outbox = new Outbox({ database: db, messaging: messages })
const relay = new Relay({ database: db, messaging: messages, outbox })

messages.subscribe(orderPlaced, { group: 'points' }, async ({ data }) => {
  await db.query
    .updateTable('points')
    .set((row) => ({ total: row('total', '+', Math.floor(data.cents / 100)) }))
    .execute()
})
await db.start() // makes the tables of outbox and inbox; in a service, that it is a component is enough
await messages.start()
relay.start()

await db.transaction(async () => {
  await db.query.insertInto('orders').values({ id: 'a1', cents: 1_250 }).execute()
  await outbox.publish(orderPlaced, { orderId: 'a1', cents: 1_250 }, { id: 'event-1' })
})
await db
  .transaction(async () => {
    await outbox.publish(orderPlaced, { orderId: 'a2', cents: 99_999 })
    throw new Error('the payment was refused')
  })
  .catch((error: Error) => console.log(`no order, no event: ${error.message}`))
await relay.stop()
await messages.publish(orderPlaced, { orderId: 'a1', cents: 1_250 }, { id: 'event-1' })

await new Promise((resolve) => setTimeout(resolve, 300))
await messages.drain()
for (const { customer, total } of await db.query.selectFrom('points').selectAll().execute()) {
  console.log(`${customer} has ${total} points`)
}
await messages.stop()
await db.stop()
