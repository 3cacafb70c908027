/**
 * SqliteValues: SQLite keeps five kinds of values; what a column declares says which kind is meant.
 *
 *   | declared          | kept as                      | read as                                     |
 *   | BIGINT, INT8      | integer                      | bigint                                      |
 *   | other INT         | integer                      | number; SQL_INTEGER if it cannot hold it     |
 *   | BOOLEAN           | 0, 1                         | boolean                                     |
 *   | DECIMAL_TEXT      | text, exact                  | string                                      |
 *   | DATETIME, TIMESTAMP | ISO 8601 text in UTC       | Date                                        |
 *   | JSON              | text                         | the value                                   |
 *   | anything else     | as it is                     | as it is; integers as numbers while exact   |
 *
 * `DECIMAL` and `NUMERIC` are not exact on SQLite: it turns what looks like a number into a binary one.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { SqlColumn, SqlValue } from '../../platform/sql.ts'

export type ReadValue = (value: SqlValue) => unknown

export function toSqlite(value: unknown): SqlValue {
  if (value === undefined) return null
  if (typeof value === 'boolean') return value ? 1 : 0
  if (value instanceof Date) return dateText(value)
  if (typeof value === 'object' && value !== null && !(value instanceof Uint8Array)) return JSON.stringify(value)
  // What else SQLite does not know, the connection refuses with the number of the parameter.
  return value as SqlValue
}

/** How values of a column are read. `bigints` are columns, as `table.column`, that are read as such whatever they declare. */
export function readerOf({ type, origin = '' }: SqlColumn, bigints?: ReadonlySet<string>): ReadValue {
  if (bigints?.has(origin) === true) return readBigint
  if (type === undefined) return readInteger
  const name = type.toUpperCase()
  if (/^(?:BIGINT|INT8|UNSIGNED BIG INT)\b/.test(name)) return readBigint
  if (/^BOOL(?:EAN)?\b/.test(name)) return readBoolean
  if (/^(?:DATETIME|TIMESTAMP)/.test(name)) return readDate
  if (/^JSON/.test(name)) return readJson
  return readInteger
}

function dateText(date: Date): string {
  if (!Number.isNaN(date.getTime())) return date.toISOString()
  throw new ServiceError('SQL_PARAMETER', 'A SQL parameter is an invalid Date; expected one that is a point in time.')
}

/** A number where it is exact, for whoever reads values by itself. */
export function plainInteger(value: SqlValue): SqlValue {
  return typeof value === 'bigint' && Number.isSafeInteger(Number(value)) ? Number(value) : value
}

function readInteger(value: SqlValue): unknown {
  if (typeof value !== 'bigint') return value
  const number = Number(value)
  if (Number.isSafeInteger(number)) return number
  throw new ServiceError(
    'SQL_INTEGER',
    'The database holds an integer that a number cannot hold exactly; declare the column BIGINT to read bigints.',
  )
}

function readBigint(value: SqlValue): unknown {
  return typeof value === 'number' && Number.isInteger(value) ? BigInt(value) : value
}

function readBoolean(value: SqlValue): unknown {
  return typeof value === 'bigint' || typeof value === 'number' ? Number(value) !== 0 : value
}

/** Text without a zone is UTC, as `CURRENT_TIMESTAMP` writes it; numbers are milliseconds since 1970. */
function readDate(value: SqlValue): unknown {
  if (typeof value === 'bigint' || typeof value === 'number') return new Date(Number(value))
  if (typeof value !== 'string') return value
  const date = new Date(
    /^\d{4}-\d\d-\d\d[ T]\d\d:\d\d(?::\d\d(?:\.\d+)?)?$/.test(value) ? `${value.replace(' ', 'T')}Z` : value,
  )
  return Number.isNaN(date.getTime()) ? value : date
}

function readJson(value: SqlValue): unknown {
  return typeof value === 'string' ? JSON.parse(value) : readInteger(value)
}
