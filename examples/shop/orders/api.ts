/** What orders offers: placing an order for a user and reading that user's orders. */
import { defineApi, get, post } from 'genever'
import { z } from 'zod'
import { Line, PricedLine } from '../inventory/api.ts'
import { Money } from '../kit/money.ts'
import { PageQuery, pageOf } from '../kit/paging.ts'

/** On whose behalf a call is made. Only the gateway, which has checked the session, may say so. */
export const OnBehalf = z.object({ 'x-user-id': z.uuid() })

export const IdempotencyKey = z.string().regex(/^[A-Za-z0-9_-]{1,64}$/)

export const NewOrder = z.object({
  lines: z
    .array(Line)
    .min(1)
    .max(50)
    .refine((lines) => new Set(lines.map((line) => line.sku)).size === lines.length, 'name each product once'),
})
export type NewOrder = z.infer<typeof NewOrder>

export const Order = z.object({
  id: z.uuid(),
  /** `pending` while its checkout is under way. */
  status: z.enum(['pending', 'placed', 'cancelled']),
  /** Why it was cancelled. */
  cancelled: z.object({ code: z.string(), reason: z.string() }).optional(),
  orderedAt: z.iso.datetime(),
  lines: z.array(PricedLine),
  total: Money,
})
export type Order = z.infer<typeof Order>

export const ordersApi = defineApi({
  /**
   * With a key, the same call may be made again after a failure and places one order. 202 if its checkout takes longer than one likes to
   * wait: read it later. What cannot be placed is refused with the code of whoever refused it.
   */
  place: post('/orders', {
    headers: OnBehalf.extend({ 'idempotency-key': IdempotencyKey.optional() }),
    body: NewOrder,
    responses: { 201: Order, 202: Order },
  }),
  list: get('/orders', { headers: OnBehalf, query: PageQuery, responses: { 200: pageOf(Order) } }),
  read: get('/orders/:id', { headers: OnBehalf, responses: { 200: Order } }),
})
