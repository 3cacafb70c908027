/**
 * notifications: tells people what became of their orders. The shop has a letter box for each of them; a mail would be sent from here, with
 * the event's id as its key, since what leaves the database happens at least once.
 *
 *   order.placed, order.cancelled ─▶ inbox: is it new? ─▶ a letter in the box ─▶ one transaction
 */
import { createService } from 'genever'
import { formatMoney } from '../kit/money.ts'
import { databaseOf, eventsOf, type StoringService, storage } from '../kit/storage.ts'
import { orderCancelled, orderPlaced } from '../orders/events.ts'
import { notificationsApi } from './api.ts'
import * as first from './migrations/0001-notifications.ts'

interface NotificationTables {
  notifications: { id: string; user_id: string; order_id: string; text: string; sent_ms: number | bigint }
}

export function createNotifications(): StoringService {
  const service = createService({
    name: 'notifications',
    slo: { availability: 0.99, latency: { p99Ms: 100 } },
    config: storage,
  })
  const db = databaseOf<NotificationTables>(service, [{ name: '0001-notifications', ...first }])
  const events = eventsOf(service, db)

  events.subscribe(orderPlaced, ({ data: { orderId, userId, total } }) =>
    send({ orderId, userId, text: `Thank you! Your order of ${formatMoney(total)} is on its way.` }),
  )
  events.subscribe(orderCancelled, ({ data: { orderId, userId, reason } }) =>
    send({ orderId, userId, text: `Your order was cancelled. ${reason}` }),
  )

  async function send({ orderId, userId, text }: { orderId: string; userId: string; text: string }): Promise<void> {
    const row = { id: crypto.randomUUID(), user_id: userId, order_id: orderId, text, sent_ms: Date.now() }
    await db.query.insertInto('notifications').values(row).execute()
  }

  service.http.implement(notificationsApi, {
    async list(c) {
      const rows = await db.query
        .selectFrom('notifications')
        .selectAll()
        .where('user_id', '=', c.params.userId)
        .orderBy('sent_ms', 'desc')
        .limit(50)
        .execute()
      const items = rows.map(({ order_id, text, sent_ms }) => ({
        orderId: order_id,
        text,
        sentAt: new Date(Number(sent_ms)).toISOString(),
      }))
      return c.json({ items })
    },
  })
  return service
}
