/** What notifications offers: what somebody was told, the newest first. It hears of it by events. */
import { defineApi, get } from 'genever'
import { z } from 'zod'

export const Notification = z.object({ orderId: z.uuid(), text: z.string(), sentAt: z.iso.datetime() })
export type Notification = z.infer<typeof Notification>

export const notificationsApi = defineApi({
  list: get('/notifications/:userId', { responses: { 200: z.object({ items: z.array(Notification) }) } }),
})
