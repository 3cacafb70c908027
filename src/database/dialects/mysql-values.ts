/**
 * MysqlValues: how values go to the server and how those that it sends are read.
 *
 *   bigint ─▶ bigint      decimal ─▶ string, exact      tinyint(1) ─▶ boolean      datetime, timestamp ─▶ Date, in UTC
 *   date ─▶ `2026-11-28`   json ─▶ the value, on MariaDB too, where it is a text that says so
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'

/** What of a column is looked at here. */
export interface MysqlField {
  readonly type: string
  readonly length: number
  /** `json`, where MariaDB says that a text is one. */
  readonly extendedFormat?: string
  string(): string | null
}

export function readMysql(field: MysqlField, next: () => unknown): unknown {
  if (field.type === 'TINY' && field.length === 1) return readWith(field, (text) => text !== '0')
  if (field.type === 'LONGLONG') return readWith(field, BigInt)
  if (field.extendedFormat === 'json') return readWith(field, JSON.parse)
  return next()
}

function readWith(field: MysqlField, read: (text: string) => unknown): unknown {
  const text = field.string()
  return text === null ? null : read(text)
}

/** Moments as the server writes them, for whoever reads them by itself. */
export function plainText(field: MysqlField, next: () => unknown): unknown {
  return /^(?:TIMESTAMP|DATETIME|DATE)$/.test(field.type) ? field.string() : next()
}

/** The driver writes values into the statement; a plain object would become a list of assignments there. */
export function toMysql(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value ?? null
  if (!(value instanceof Date)) return JSON.stringify(value)
  if (!Number.isNaN(value.getTime())) return value
  throw new ServiceError('SQL_PARAMETER', 'A SQL parameter is an invalid Date; expected one that is a point in time.')
}
