/**
 * messaging: events over a durable log; one publisher, two groups, one of which fails at first.
 *
 *   prints points: 12 for order a1
 *   prints mail: order a
 *   prints , attempt 2
 *   ends
 */
import { createMessaging, defineEvent } from 'genever/messaging'
import { z } from 'zod'

const orderPlaced = defineEvent('order.placed', {
  data: z.object({ orderId: z.string(), cents: z.int().positive() }),
  key: ({ orderId }) => orderId,
})

const messages = createMessaging({ url: 'sqlite::memory:', source: 'orders' })
const done = Promise.withResolvers<void>()
let handled = 0
function finished(): void {
  if (++handled === 4) done.resolve()
}

messages.subscribe(orderPlaced, { group: 'points' }, ({ data }) => {
  console.log(`points: ${Math.floor(data.cents / 100)} for order ${data.orderId}`)
  finished()
})
messages.subscribe(orderPlaced, { group: 'mail', retry: { baseDelayMs: 20 } }, ({ data, attempt }) => {
  if (attempt === 1) throw new Error('the mail server does not answer')
  console.log(`mail: order ${data.orderId}, attempt ${attempt}`)
  finished()
})

await messages.start()
await messages.publish(orderPlaced, { orderId: 'a1', cents: 1_250 })
await messages.publish(orderPlaced, { orderId: 'a2', cents: 400 })
await done.promise
await messages.drain()
await messages.stop()
