/**
 * points: one for each full euro of an order.
 *
 *   order.placed ─▶ inbox: is it new? ─▶ total + points ─▶ one transaction
 */
import { createService } from 'genever'
import { insertIgnoring } from 'genever/database'
import { databaseOf, eventsOf, type StoringService, storage } from '../kit/storage.ts'
import { orderPlaced } from '../orders/events.ts'
import { pointsApi } from './api.ts'
import * as first from './migrations/0001-points.ts'

interface PointsTables {
  points: { user_id: string; total: number }
}

export function createPoints(): StoringService {
  const service = createService({
    name: 'points',
    slo: { availability: 0.99, latency: { p99Ms: 100 } },
    config: storage,
  })
  const db = databaseOf<PointsTables>(service, [{ name: '0001-points', ...first }])
  const events = eventsOf(service, db)

  // It adds and does not look: that an event which comes twice counts once is the inbox's work.
  events.subscribe(orderPlaced, async ({ data: { userId, total } }) => {
    await insertIgnoring(db, 'points', { user_id: userId, total: 0 })
    await db.query
      .updateTable('points')
      .set((row) => ({ total: row('total', '+', Math.floor(total.amount / 100)) }))
      .where('user_id', '=', userId)
      .execute()
  })

  service.http.implement(pointsApi, {
    async read(c) {
      const row = await db.query
        .selectFrom('points')
        .select('total')
        .where('user_id', '=', c.params.userId)
        .executeTakeFirst()
      return c.json({ total: row?.total ?? 0 })
    },
  })
  return service
}
