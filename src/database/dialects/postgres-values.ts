/**
 * PostgresValues: how the texts that the server sends are read, where the driver's own way loses something.
 *
 *   int8 ─▶ bigint      numeric ─▶ string, exact      date ─▶ `2026-11-28`      timestamp ─▶ Date, read as UTC
 */

export type ReadText = (text: string) => unknown

/** Numbers of types, from the server's own catalogue. */
const int8 = 20
const date = 1082
const timestamp = 1114

const readers: Readonly<Record<number, ReadText>> = {
  [int8]: BigInt,
  [date]: (text) => text,
  [timestamp]: readTimestamp,
}

/** The driver's own reader stands where this gives none. */
export function readerOfType(type: number): ReadText | undefined {
  return readers[type]
}

/** date, timestamp, timestamptz, interval and lists of them. */
const moments = new Set([1082, 1114, 1184, 1186, 1115, 1182, 1185, 1187])

/** Moments as the server writes them, for whoever reads them by itself. */
export function plainTextOfType(type: number): ReadText | undefined {
  return moments.has(type) ? (text) => text : undefined
}

/** A timestamp without a zone is UTC here; the driver would take this machine's zone. */
function readTimestamp(text: string): unknown {
  const moment = new Date(`${text.replace(' ', 'T')}Z`)
  return Number.isNaN(moment.getTime()) ? text : moment
}

export function toPostgres(value: unknown): unknown {
  if (value instanceof Date) return value.toISOString()
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Uint8Array && !Buffer.isBuffer(value))
    return Buffer.from(value.buffer, value.byteOffset, value.byteLength)
  return value
}
