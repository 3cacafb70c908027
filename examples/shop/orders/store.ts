/**
 * What orders keeps.
 *
 *   pending ─ its checkout is done ─▶ placed
 *      └───── its checkout is undone ─▶ cancelled, with the reason
 */
import { type Database, insertIgnoring } from 'genever/database'
import type { SagaError } from 'genever/transaction'
import type { PricedLine } from '../inventory/api.ts'
import { euros } from '../kit/money.ts'
import type { Order } from './api.ts'

interface OrderRow {
  id: string
  user_id: string
  lines: string
  total_cents: number
  status: Order['status']
  cancel_code: string | null
  cancel_reason: string | null
  ordered_ms: number | bigint
}

export interface OrderTables {
  orders: OrderRow
}

export interface StoredOrder {
  readonly id: string
  readonly userId: string
  readonly lines: readonly PricedLine[]
  readonly totalCents: number
}

export class OrderStore {
  readonly #db: Database<OrderTables>

  constructor(database: Database<OrderTables>) {
    this.#db = database
  }

  /** False if it is there. */
  async add({ id, userId, lines, totalCents }: StoredOrder): Promise<boolean> {
    return await insertIgnoring(this.#db, 'orders', {
      id,
      user_id: userId,
      lines: JSON.stringify(lines),
      total_cents: totalCents,
      status: 'pending',
      ordered_ms: Date.now(),
    })
  }

  async place(id: string): Promise<void> {
    await this.#db.query.updateTable('orders').set({ status: 'placed' }).where('id', '=', id).execute()
  }

  async cancel(id: string, { code, reason }: SagaError): Promise<void> {
    const set = { status: 'cancelled', cancel_code: code, cancel_reason: reason.slice(0, 1_000) } as const
    await this.#db.query.updateTable('orders').set(set).where('id', '=', id).execute()
  }

  /** An order of this user; nobody sees those of others. */
  async find(id: string, userId: string): Promise<Order | undefined> {
    const row = await this.#db.query
      .selectFrom('orders')
      .selectAll()
      .where('id', '=', id)
      .where('user_id', '=', userId)
      .executeTakeFirst()
    return row && orderFrom(row)
  }

  /** The newest first, those before `after`: the time of an order, and its id among several of one moment. */
  async list(userId: string, { after, limit }: { after: string | undefined; limit: number }): Promise<Order[]> {
    const { ms, id } = positionFrom(after)
    const rows = await this.#db.query
      .selectFrom('orders')
      .selectAll()
      .where('user_id', '=', userId)
      .where(({ eb, and, or }) => or([eb('ordered_ms', '<', ms), and([eb('ordered_ms', '=', ms), eb('id', '<', id)])]))
      .orderBy('ordered_ms', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute()
    return rows.map(orderFrom)
  }
}

/** Where a page ends. */
export function positionOf({ orderedAt, id }: Order): string {
  return `${Date.parse(orderedAt)} ${id}`
}

function positionFrom(position = ''): { ms: number; id: string } {
  const [ms, id = ''] = position.split(' ')
  return /^\d{1,15}$/.test(ms ?? '') ? { ms: Number(ms), id } : { ms: Number.MAX_SAFE_INTEGER, id: '' }
}

function orderFrom(row: OrderRow): Order {
  const { id, status, lines, total_cents, cancel_code, cancel_reason, ordered_ms } = row
  return {
    id,
    status,
    ...(cancel_code !== null && { cancelled: { code: cancel_code, reason: cancel_reason ?? '' } }),
    orderedAt: new Date(Number(ordered_ms)).toISOString(),
    lines: JSON.parse(lines) as PricedLine[],
    total: euros(total_cents),
  }
}
