/** What inventory offers: what there is, what it costs, and keeping goods back for an order. */
import { defineApi, del, get, post } from 'genever'
import { z } from 'zod'
import { Fenced } from '../kit/fenced.ts'
import { Money } from '../kit/money.ts'
import { PageQuery, pageOf } from '../kit/paging.ts'

export const Category = z.enum(['gin', 'genever', 'mixers', 'glassware', 'tools', 'pantry'])
export const Sku = z.string().regex(/^[a-z0-9-]{1,40}$/)

export const Product = z.object({
  sku: Sku,
  name: z.string(),
  category: Category,
  description: z.string(),
  price: Money,
  /** Pieces that can still be ordered. */
  stock: z.int().min(0),
})
export type Product = z.infer<typeof Product>

export const Line = z.object({ sku: Sku, quantity: z.int().min(1).max(100) })
export type Line = z.infer<typeof Line>

export const PricedLine = Line.extend({ unitPrice: Money })
export type PricedLine = z.infer<typeof PricedLine>

/** Goods kept back for an order. */
export const Reservation = z.object({ orderId: z.uuid(), lines: z.array(Line).min(1).max(50) })
export type Reservation = z.infer<typeof Reservation>

export const ProductQuery = PageQuery.extend({ category: Category.optional() })

export const inventoryApi = defineApi({
  listProducts: get('/products', { query: ProductQuery, responses: { 200: pageOf(Product) } }),
  getProduct: get('/products/:sku', { responses: { 200: Product } }),
  /** Several products at once; those that do not exist are left out. */
  findProducts: post('/products/find', {
    body: z.object({ skus: z.array(Sku).max(200) }),
    responses: { 200: z.object({ items: z.array(Product) }) },
  }),
  /** Keeps goods back, once for an order, however often it is asked. */
  reserve: post('/reservations', { headers: Fenced, body: Reservation, responses: { 201: Reservation } }),
  /** Puts them back. Also before `reserve` has come: one that comes later is refused. */
  release: del('/reservations/:orderId', { headers: Fenced, responses: { 204: null } }),
})
