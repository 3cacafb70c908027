/** What orders tells everybody; who listens is not its business. */
import { defineEvent } from 'genever/messaging'
import { z } from 'zod'
import { Money } from '../kit/money.ts'

const About = z.object({ orderId: z.uuid(), userId: z.uuid(), total: Money })
const topic = 'shop.orders'
const key = ({ orderId }: z.infer<typeof About>): string => orderId

export const orderPlaced = defineEvent('order.placed', { data: About, topic, key })

export const orderCancelled = defineEvent('order.cancelled', {
  data: About.extend({ code: z.string(), reason: z.string() }),
  topic,
  key,
})
