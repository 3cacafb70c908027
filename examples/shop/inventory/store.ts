/**
 * What inventory keeps: products with their stock, and goods kept back for orders.
 *
 *   reserve ─▶ fence ─▶ known? ─▶ take ─▶ one transaction          release ─▶ fence ─▶ reserved? ─▶ put back
 */
import type { ServiceError } from 'genever'
import { type Database, insertIgnoring } from 'genever/database'
import { Fences, Reservations } from 'genever/transaction'
import { euros } from '../kit/money.ts'
import type { Line, Product, Reservation } from './api.ts'
import { outOfStock, unknownProduct } from './refusals.ts'

interface ProductRow {
  sku: string
  name: string
  category: Product['category']
  description: string
  price_cents: number
  stock: number
}

export interface InventoryTables {
  products: ProductRow
}

export interface ProductSelection {
  readonly category: Product['category'] | undefined
  /** The last SKU of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

export class InventoryStore {
  readonly #db: Database<InventoryTables>
  readonly #reservations: Reservations
  readonly #fences: Fences

  constructor(database: Database<InventoryTables>) {
    this.#db = database
    this.#reservations = new Reservations({ database })
    this.#fences = new Fences({ database })
  }

  /** Puts products on the shelf that are not there yet; those that are keep their stock. */
  async stock(products: readonly Product[]): Promise<void> {
    await this.#db.transaction(async () => {
      for (const { price, ...product } of products) {
        await insertIgnoring(this.#db, 'products', { ...product, price_cents: price.amount })
      }
    })
  }

  /** In the order of their SKUs. */
  async list({ category, after = '', limit }: ProductSelection): Promise<Product[]> {
    let query = this.#db.query.selectFrom('products').selectAll().where('sku', '>', after)
    if (category !== undefined) query = query.where('category', '=', category)
    const rows = await query.orderBy('sku').limit(limit).execute()
    return rows.map(productFrom)
  }

  /** Those of them that there are. */
  async find(skus: readonly string[]): Promise<Product[]> {
    if (skus.length === 0) return []
    const rows = await this.#db.query
      .selectFrom('products')
      .selectAll()
      .where('sku', 'in', [...skus])
      .execute()
    return rows.map(productFrom)
  }

  /**
   * Takes the goods off the stock, all or none. Asked again for the same order, nothing more happens.
   *
   * @throws ServiceError `OUT_OF_STOCK` (409) or `UNKNOWN_PRODUCT` (422), naming the product; `RESERVATION_CANCELLED` (409) for an order
   *   whose goods were put back, `STALE_TOKEN` (409).
   */
  async reserve({ orderId, lines }: Reservation, token: number): Promise<void> {
    await this.#db.transaction(async () => {
      await this.#fences.check({ resource: orderId, token })
      // Everybody takes the rows in one order, so that nobody waits for somebody who waits for him.
      const inOrder = lines.toSorted((one, other) => (one.sku < other.sku ? -1 : 1))
      await this.#reservations.try(orderId, lines, async () => {
        for (const line of inOrder) await this.#take(line)
      })
    })
  }

  /** Puts reserved goods back on the shelf, once. */
  async release(orderId: string, token: number): Promise<void> {
    await this.#db.transaction(async () => {
      await this.#fences.check({ resource: orderId, token })
      await this.#reservations.cancel<readonly Line[]>(orderId, async (lines) => {
        for (const { sku, quantity } of lines) {
          await this.#db.query
            .updateTable('products')
            .set((row) => ({ stock: row('stock', '+', quantity) }))
            .where('sku', '=', sku)
            .execute()
        }
      })
    })
  }

  async #take({ sku, quantity }: Line): Promise<void> {
    // One statement decides and acts, so that two orders cannot both get the last piece.
    const { numUpdatedRows } = await this.#db.query
      .updateTable('products')
      .set((row) => ({ stock: row('stock', '-', quantity) }))
      .where('sku', '=', sku)
      .where('stock', '>=', quantity)
      .executeTakeFirstOrThrow()
    if (numUpdatedRows === 0n) throw await this.#unavailable(sku, quantity)
  }

  async #unavailable(sku: string, wanted: number): Promise<ServiceError> {
    const [product] = await this.find([sku])
    return product === undefined ? unknownProduct(sku, 422) : outOfStock(product, wanted)
  }
}

function productFrom({ price_cents, ...product }: ProductRow): Product {
  return { ...product, price: euros(price_cents) }
}
