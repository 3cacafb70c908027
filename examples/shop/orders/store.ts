/**
 * What orders keeps.
 *
 *   draft ─▶ (goods are reserved under the order's id) ─▶ placed
 *
 * A draft is there before anything is reserved, so that a crash in between leaves a trace and a retry finds its order.
 */
import { ServiceError } from 'genever'
import type { Line, PricedLine } from '../inventory/api.ts'
import type { Database } from '../kit/database.ts'
import { euros } from '../kit/money.ts'
import type { Order } from './api.ts'

export const schema = `
  CREATE TABLE IF NOT EXISTS orders (
    number INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    user_id TEXT NOT NULL,
    idempotency_key TEXT,
    wanted TEXT NOT NULL,
    placed_at TEXT,
    UNIQUE (user_id, idempotency_key)
  ) STRICT;
  CREATE TABLE IF NOT EXISTS order_lines (
    order_id TEXT NOT NULL REFERENCES orders (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    sku TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    price_cents INTEGER NOT NULL,
    PRIMARY KEY (order_id, position)
  ) STRICT;`

interface OrderRow {
  readonly number: number
  readonly id: string
  readonly wanted: string
  /** Null for a draft. */
  readonly placed_at: string | null
}

interface LineRow {
  readonly sku: string
  readonly quantity: number
  readonly price_cents: number
}

export interface NewDraft {
  readonly userId: string
  readonly lines: readonly Line[]
  readonly idempotencyKey: string | undefined
}

/** An order under its running number, which pages are cut by. */
export interface NumberedOrder {
  readonly number: number
  readonly order: Order
}

export class OrderStore {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /**
   * The id of the order that is kept under the key, or of a new draft.
   *
   * @throws ServiceError `IDEMPOTENCY_KEY_REUSED` (422) if the key was used for another order.
   */
  draft({ userId, lines, idempotencyKey }: NewDraft): string {
    const wanted = JSON.stringify(lines)
    const key = idempotencyKey ?? null
    const made = this.#database.get<{ id: string }>(
      `INSERT INTO orders (id, user_id, idempotency_key, wanted) VALUES (?, ?, ?, ?)
       ON CONFLICT (user_id, idempotency_key) DO NOTHING RETURNING id`,
      [crypto.randomUUID(), userId, key, wanted],
    )
    if (made !== undefined) return made.id
    const kept = this.#database.get<OrderRow>('SELECT * FROM orders WHERE user_id = ? AND idempotency_key = ?', [
      userId,
      key,
    ])
    if (kept?.wanted === wanted) return kept.id
    throw new ServiceError('IDEMPOTENCY_KEY_REUSED', 'This key was used for another order; take a new one.', {
      status: 422,
    })
  }

  /** Makes the draft an order, at the prices of `lines`. One that is placed already stays as it is. */
  place(id: string, lines: readonly PricedLine[], placedAt: string): void {
    this.#database.transaction(() => {
      const { changes } = this.#database.run('UPDATE orders SET placed_at = ? WHERE id = ? AND placed_at IS NULL', [
        placedAt,
        id,
      ])
      if (changes === 0) return
      for (const [position, { sku, quantity, unitPrice }] of lines.entries()) {
        this.#database.run(
          'INSERT INTO order_lines (order_id, position, sku, quantity, price_cents) VALUES (?, ?, ?, ?, ?)',
          [id, position, sku, quantity, unitPrice.amount],
        )
      }
    })
  }

  /** An order that was placed by this user; nobody sees those of others. */
  find(id: string, userId: string): Order | undefined {
    const row = this.#database.get<OrderRow>(
      'SELECT * FROM orders WHERE id = ? AND user_id = ? AND placed_at IS NOT NULL',
      [id, userId],
    )
    return row && this.#orderFrom(row)
  }

  /** The newest first, those before the number `after`. */
  list(userId: string, { after, limit }: { after: number | undefined; limit: number }): NumberedOrder[] {
    const rows = this.#database.all<OrderRow>(
      `SELECT * FROM orders
       WHERE user_id = :userId AND placed_at IS NOT NULL AND (:after IS NULL OR number < :after)
       ORDER BY number DESC LIMIT :limit`,
      { userId, after: after ?? null, limit },
    )
    return rows.map((row) => ({ number: row.number, order: this.#orderFrom(row) }))
  }

  /** Ids of drafts that were never placed. */
  drafts(): string[] {
    return this.#database.all<OrderRow>('SELECT * FROM orders WHERE placed_at IS NULL').map(({ id }) => id)
  }

  forgetDraft(id: string): void {
    this.#database.run('DELETE FROM orders WHERE id = ? AND placed_at IS NULL', [id])
  }

  #orderFrom({ id, placed_at }: OrderRow): Order {
    const rows = this.#database.all<LineRow>(
      'SELECT sku, quantity, price_cents FROM order_lines WHERE order_id = ? ORDER BY position',
      [id],
    )
    const lines = rows.map(({ sku, quantity, price_cents }) => ({ sku, quantity, unitPrice: euros(price_cents) }))
    const total = lines.reduce((sum, { quantity, unitPrice }) => sum + quantity * unitPrice.amount, 0)
    return { id, placedAt: placed_at ?? '', lines, total: euros(total) }
  }
}
