/**
 * Paging by cursor: a page says where the next one begins, so that rows which come or go meanwhile shift nothing.
 *
 *   GET /orders?limit=20  ─▶  { items, next: 'b3…' }  ─▶  GET /orders?limit=20&after=b3…  ─▶  { items, next: null }
 */
import { z } from 'zod'

/** What a client may ask of any list. */
export const PageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(100).default(20),
  /** The `next` of the page before. */
  after: z.string().max(200).optional(),
})

export function pageOf<Item extends z.ZodType>(item: Item) {
  return z.object({ items: z.array(item), next: z.string().nullable() })
}

export interface Page<Item> {
  items: Item[]
  next: string | null
}

/** Makes a page of rows that were read with `limit + 1`: the one too many only tells that there is more. */
export function toPage<Item>(rows: readonly Item[], limit: number, keyOf: (item: Item) => string): Page<Item> {
  const items = rows.slice(0, limit)
  const last = items.at(-1)
  const hasMore = rows.length > limit && last !== undefined
  return { items, next: hasMore ? encodeCursor(keyOf(last)) : null }
}

/** Opaque, so that nobody builds one; not secret. */
function encodeCursor(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** The key behind a cursor; one that was made up leads somewhere or nowhere, but does no harm. */
export function decodeCursor(cursor: string | undefined): string | undefined {
  return cursor === undefined ? undefined : Buffer.from(cursor, 'base64url').toString()
}
