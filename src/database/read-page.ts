/**
 * readPage: a page of a query's rows, and the cursor of the next one.
 *
 *   query + order ─▶ where (order) behind the cursor's row ─ limit + 1 ─▶ rows ─▶ is there one more? its forerunner is the cursor
 *
 * A page begins behind a row instead of after so many: rows that come or go meanwhile make none appear twice or be left out,
 * and the thousandth page costs what the first one does.
 */
import { createHmac, timingSafeEqual } from 'node:crypto'
import { type RawBuilder, type SelectQueryBuilder, sql } from 'kysely'
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface PageColumn<Row> {
  /** One of the columns that the query selects; never null. */
  readonly column: keyof Row & string
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc'
  /** How the query calls it, where its name alone is not clear, such as `account.id`. */
  readonly ref?: string
}

export interface PageOptions<Row> {
  /** What the rows are ordered by; together they must name a row. End with the key of the table. */
  readonly by: readonly PageColumn<Row>[]
  /** Rows at most, 1 to 1,000; default 50. */
  readonly limit?: number
  /** Of the page before; absent for the first one. */
  readonly after?: string | undefined
  /** Signs cursors, so that only those that were given out are taken. Without, a caller may begin anywhere within the query's rows. */
  readonly secret?: string
}

export interface Page<Row> {
  readonly rows: Row[]
  /** Absent on the last page. */
  readonly next?: string
}

/** @throws ServiceError `BAD_CURSOR` (400) for one that is not of this order, or not ours; `BAD_PAGE` for options that cannot be. */
export async function readPage<Tables, Names extends keyof Tables, Row>(
  query: SelectQueryBuilder<Tables, Names, Row>,
  { by, limit = 50, after, secret }: PageOptions<Row>,
): Promise<Page<Row>> {
  if (by.length === 0 || !Number.isInteger(limit) || limit < 1 || limit > 1_000) {
    throw new ServiceError(
      'BAD_PAGE',
      `A page needs \`by\` and a limit of 1 to 1,000; got ${by.length} columns and ${limit}.`,
    )
  }
  const order = orderOf(by)
  let ordered = after === undefined ? query : query.where(behind(by, readCursor(after, { order, secret })))
  for (const { column, ref = column, direction = 'asc' } of by) ordered = ordered.orderBy(sql.ref(ref), direction)
  const rows = await ordered.limit(limit + 1).execute()
  if (rows.length <= limit) return { rows }
  rows.pop()
  const last = rows.at(-1)
  return last === undefined
    ? { rows }
    : {
        rows,
        next: writeCursor(
          by.map(({ column }) => last[column]),
          { order, secret },
        ),
      }
}

/** The first column stands alone as well: by it a database finds its index. */
function behind<Row>(by: readonly PageColumn<Row>[], values: readonly unknown[]): RawBuilder<boolean> {
  const [first] = by
  const rest = alternatives(by, values)
  if (first === undefined || by.length === 1) return rest
  const { column, ref = column, direction } = first
  return sql`(${sql.ref(ref)} ${sql.raw(direction === 'desc' ? '<=' : '>=')} ${values[0]} and ${rest})`
}

/** a > x or (a = x and (b > y or (b = y and …))) */
function alternatives<Row>(by: readonly PageColumn<Row>[], values: readonly unknown[]): RawBuilder<boolean> {
  const [first, ...others] = by
  if (first === undefined) return sql`false`
  const { column, ref = column, direction } = first
  const beyond = sql<boolean>`${sql.ref(ref)} ${sql.raw(direction === 'desc' ? '<' : '>')} ${values[0]}`
  if (others.length === 0) return beyond
  return sql`(${beyond} or (${sql.ref(ref)} = ${values[0]} and ${alternatives(others, values.slice(1))}))`
}

function orderOf<Row>(by: readonly PageColumn<Row>[]): string {
  return by.map(({ column, direction = 'asc' }) => `${column} ${direction}`).join(',')
}

interface CursorOptions {
  readonly order: string
  readonly secret: string | undefined
}

function writeCursor(values: readonly unknown[], options: CursorOptions): string {
  const text = Buffer.from(JSON.stringify(values.map(plain))).toString('base64url')
  return `${text}.${signature(text, options)}`
}

/** The signature tells of the order, too: a cursor of another one would skip rows without a word. */
function readCursor(cursor: string, options: CursorOptions): unknown[] {
  const [text = '', signed = ''] = cursor.length <= 4_000 ? cursor.split('.') : []
  const expected = Buffer.from(signature(text, options))
  const got = Buffer.from(signed)
  if (got.length !== expected.length || !timingSafeEqual(got, expected)) throw badCursor()
  try {
    const values: unknown = JSON.parse(Buffer.from(text, 'base64url').toString())
    if (!Array.isArray(values) || values.length !== options.order.split(',').length) throw badCursor()
    return values.map(restored)
  } catch {
    throw badCursor()
  }
}

function signature(text: string, { order, secret = '' }: CursorOptions): string {
  return createHmac('sha256', secret).update(`${order}\n${text}`).digest('base64url').slice(0, 22)
}

function plain(value: unknown): unknown {
  if (typeof value === 'bigint') return { n: value.toString() }
  if (value instanceof Date) return { d: value.getTime() }
  if (typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean') return value
  throw new ServiceError(
    'BAD_PAGE',
    `A column that pages are ordered by holds ${value === null ? 'null' : `a value of type ${typeof value}`}; expected text, numbers, flags or dates, and never null.`,
  )
}

function restored(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  const { n, d } = value as { n?: unknown; d?: unknown }
  if (typeof n === 'string') return BigInt(n)
  if (typeof d === 'number') return new Date(d)
  throw badCursor()
}

function badCursor(): ServiceError {
  return new ServiceError('BAD_CURSOR', 'The cursor is not one of this list; begin without one.', { status: 400 })
}
