/** StatementSummary: what telemetry says of a statement: its verb, the table it is about, and its text without values. */
import type { DialectName } from '../dialect.ts'
import { sanitiseStatement } from './sanitise-statement.ts'

export interface StatementSummary {
  /** In upper case, such as `SELECT`. */
  readonly operation: string
  /** The first table, where one is named. */
  readonly collection: string | undefined
  /** `SELECT account`: few different ones, so that spans and series may be named so. */
  readonly name: string
  /** Without values. */
  readonly text: string
}

const identifier = String.raw`\s+((?:["\x60[]?\w+["\x60\]]?\.)*["\x60[]?\w+["\x60\]]?)`
const collections: Readonly<Record<string, RegExp>> = {
  SELECT: new RegExp(`\\bfrom${identifier}`, 'i'),
  WITH: new RegExp(`\\bfrom${identifier}`, 'i'),
  DELETE: new RegExp(`\\bfrom${identifier}`, 'i'),
  INSERT: new RegExp(`\\binto${identifier}`, 'i'),
  REPLACE: new RegExp(`\\binto${identifier}`, 'i'),
  UPDATE: new RegExp(`^update${identifier}`, 'i'),
  CREATE: new RegExp(`\\btable(?: if not exists)?${identifier}`, 'i'),
  ALTER: new RegExp(`\\btable(?: if exists)?${identifier}`, 'i'),
  DROP: new RegExp(`\\btable(?: if exists)?${identifier}`, 'i'),
}

export function summaryOf(sql: string, dialect: DialectName): StatementSummary {
  const text = sanitiseStatement(sql, dialect)
  const operation = /^\(*\s*([a-z]+)/i.exec(text)?.[1]?.toUpperCase() ?? 'OTHER'
  const collection = collections[operation]?.exec(text)?.[1]?.replace(/["`[\]]/g, '')
  return { operation, collection, name: collection === undefined ? operation : `${operation} ${collection}`, text }
}
