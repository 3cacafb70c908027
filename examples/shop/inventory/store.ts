/** What inventory keeps: products with their stock, and goods kept back for orders. */
import { ServiceError } from 'genever'
import type { Database } from '../kit/database.ts'
import { euros } from '../kit/money.ts'
import type { Line, PricedLine, Product, Reservation } from './api.ts'

export const schema = `
  CREATE TABLE IF NOT EXISTS products (
    sku TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    description TEXT NOT NULL,
    price_cents INTEGER NOT NULL CHECK (price_cents >= 0),
    stock INTEGER NOT NULL CHECK (stock >= 0)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS reservations (
    id TEXT PRIMARY KEY
  ) STRICT;
  CREATE TABLE IF NOT EXISTS reserved_lines (
    reservation_id TEXT NOT NULL REFERENCES reservations (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sku TEXT NOT NULL REFERENCES products (sku),
    quantity INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (reservation_id, position)
  ) STRICT;`

interface ProductRow {
  readonly sku: string
  readonly name: string
  readonly category: Product['category']
  readonly description: string
  readonly price_cents: number
  readonly stock: number
}

interface LineRow {
  readonly sku: string
  readonly quantity: number
  readonly price_cents: number
}

export interface ProductSelection {
  readonly category: Product['category'] | undefined
  /** The last SKU of the page before. */
  readonly after: string | undefined
  readonly limit: number
}

export class InventoryStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Puts products on the shelf that are not there yet; those that are keep their stock. */
  stock(products: readonly Product[]): void {
    this.#database.transaction(() => {
      for (const { sku, name, category, description, price, stock } of products) {
        this.#database.run(
          'INSERT INTO products (sku, name, category, description, price_cents, stock) VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING',
          [sku, name, category, description, price.amount, stock],
        )
      }
    })
  }

  /** In the order of their SKUs. */
  list({ category, after, limit }: ProductSelection): Product[] {
    const rows = this.#database.all<ProductRow>(
      `SELECT * FROM products
       WHERE (:category IS NULL OR category = :category) AND sku > :after
       ORDER BY sku LIMIT :limit`,
      { category: category ?? null, after: after ?? '', limit },
    )
    return rows.map(productFrom)
  }

  find(sku: string): Product | undefined {
    const row = this.#database.get<ProductRow>('SELECT * FROM products WHERE sku = ?', [sku])
    return row && productFrom(row)
  }

  /**
   * Takes the goods off the stock, all or none. Asked again with the same id, it gives what was reserved then.
   *
   * @throws ServiceError `OUT_OF_STOCK` (409) or `UNKNOWN_PRODUCT` (422), naming the product.
   */
  reserve(id: string, lines: readonly Line[]): Reservation {
    return this.#database.transaction(() => {
      const reserved = this.#linesOf(id)
      if (reserved.length > 0) return { id, lines: reserved }
      this.#database.run('INSERT INTO reservations (id) VALUES (?)', [id])
      for (const [position, line] of lines.entries()) this.#take(id, position, line)
      return { id, lines: this.#linesOf(id) }
    })
  }

  /** Puts reserved goods back on the shelf; nothing happens if there is no such reservation. */
  release(id: string): void {
    this.#database.transaction(() => {
      for (const { sku, quantity } of this.#linesOf(id)) {
        this.#database.run('UPDATE products SET stock = stock + ? WHERE sku = ?', [quantity, sku])
      }
      this.#database.run('DELETE FROM reservations WHERE id = ?', [id])
    })
  }

  #take(reservationId: string, position: number, { sku, quantity }: Line): void {
    // One statement decides and acts, so that two orders cannot both get the last piece.
    const taken = this.#database.get<{ price_cents: number }>(
      'UPDATE products SET stock = stock - :quantity WHERE sku = :sku AND stock >= :quantity RETURNING price_cents',
      { sku, quantity },
    )
    if (taken === undefined) throw this.#unavailable(sku, quantity)
    this.#database.run(
      'INSERT INTO reserved_lines (reservation_id, position, sku, quantity, price_cents) VALUES (?, ?, ?, ?, ?)',
      [reservationId, position, sku, quantity, taken.price_cents],
    )
  }

  #unavailable(sku: string, wanted: number): ServiceError {
    const product = this.find(sku)
    if (product === undefined) return unknownProduct(sku, 422)
    const { name, stock } = product
    return new ServiceError('OUT_OF_STOCK', `There are ${stock} of '${name}' left; ${wanted} were asked for.`, {
      status: 409,
      details: { sku, left: stock },
    })
  }

  #linesOf(reservationId: string): PricedLine[] {
    const rows = this.#database.all<LineRow>(
      'SELECT sku, quantity, price_cents FROM reserved_lines WHERE reservation_id = ? ORDER BY position',
      [reservationId],
    )
    return rows.map(({ sku, quantity, price_cents }) => ({ sku, quantity, unitPrice: euros(price_cents) }))
  }
}

export function unknownProduct(sku: string, status: number): ServiceError {
  return new ServiceError('UNKNOWN_PRODUCT', `There is no product '${sku}'.`, { status, details: { sku } })
}

function productFrom({ sku, name, category, description, price_cents, stock }: ProductRow): Product {
  return { sku, name, category, description, price: euros(price_cents), stock }
}
