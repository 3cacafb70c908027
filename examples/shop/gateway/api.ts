/** What the shop offers to the world; the gateway answers it by asking the services inside. */
import { defineApi, del, get, post } from 'genever'
import { z } from 'zod'
import { Product, ProductQuery } from '../inventory/api.ts'
import { PageQuery, pageOf } from '../kit/paging.ts'
import { Notification } from '../notifications/api.ts'
import { IdempotencyKey, NewOrder, Order } from '../orders/api.ts'
import { Account } from '../payments/api.ts'
import { Points } from '../points/api.ts'
import { Bearer, Credentials, NewUser, Session, User } from '../users/api.ts'

/** An order as people read it: what was bought has its name. */
export const OrderView = Order.extend({
  lines: z.array(Order.shape.lines.element.extend({ name: z.string() })),
})
export type OrderView = z.infer<typeof OrderView>

/** What a member sees first; without her points while nobody can say how many there are. */
export const Overview = z.object({
  user: User,
  orders: z.array(OrderView),
  products: z.array(Product),
  points: z.int().nullable(),
})

/** For everybody. While inventory does not answer they show what it said last: `x-degraded: inventory`, and `age` in seconds. */
export const publicApi = defineApi({
  signUp: post('/api/v1/users', { body: NewUser, responses: { 201: Session } }),
  signIn: post('/api/v1/sessions', { body: Credentials, responses: { 201: Session } }),
  listProducts: get('/api/v1/products', { query: ProductQuery, responses: { 200: pageOf(Product) } }),
  getProduct: get('/api/v1/products/:sku', { responses: { 200: Product } }),
})

/** For whoever has signed in. */
export const memberApi = defineApi({
  whoAmI: get('/api/v1/sessions/current', { headers: Bearer, responses: { 200: User } }),
  signOut: del('/api/v1/sessions/current', { headers: Bearer, responses: { 204: null } }),
  placeOrder: post('/api/v1/orders', {
    headers: Bearer.extend({ 'idempotency-key': IdempotencyKey.optional() }),
    body: NewOrder,
    responses: { 201: OrderView, 202: OrderView },
  }),
  listOrders: get('/api/v1/orders', { headers: Bearer, query: PageQuery, responses: { 200: pageOf(OrderView) } }),
  readPoints: get('/api/v1/points', { headers: Bearer, responses: { 200: Points } }),
  readAccount: get('/api/v1/account', { headers: Bearer, responses: { 200: Account } }),
  listNotifications: get('/api/v1/notifications', {
    headers: Bearer,
    responses: { 200: z.object({ items: z.array(Notification) }) },
  }),
  overview: get('/api/v1/overview', { headers: Bearer, responses: { 200: Overview } }),
  readOrder: get('/api/v1/orders/:id', { headers: Bearer, responses: { 200: OrderView } }),
})
