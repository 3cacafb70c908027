/** ColumnTypes: whether two words for a type mean the same, and whether one takes every value that the other holds. */
import type { DialectName } from '../../dialect.ts'

interface TypeParts {
  readonly word: string
  readonly numbers: readonly number[]
}

/** Other words for the same type. */
const synonyms: Readonly<Record<DialectName, Readonly<Record<string, string>>>> = {
  postgres: {
    varchar: 'character varying',
    timestamptz: 'timestamp with time zone',
    decimal: 'numeric',
    int: 'integer',
    char: 'character',
  },
  // MariaDB keeps a document as a text that it checks.
  mysql: { integer: 'int', boolean: 'tinyint', numeric: 'decimal', json: 'longtext', 'double precision': 'double' },
  // What SQLite does not keep apart: the length of a text means nothing to it.
  sqlite: {
    varchar: 'text',
    int: 'integer',
    char: 'text',
    nvarchar: 'text',
    'double precision': 'double',
    real: 'double',
  },
}

export function sameType(dialect: DialectName, a: string, b: string): boolean {
  const one = partsOf(dialect, a)
  const other = partsOf(dialect, b)
  return one.word === other.word && one.numbers.join() === other.numbers.join()
}

/** Whether every value of `from` is one of `to`, and the database changes the type without looking at the rows, or without loss. */
export function isWider(dialect: DialectName, from: string, to: string): boolean {
  const one = partsOf(dialect, from)
  const other = partsOf(dialect, to)
  const integers = ['smallint', dialect === 'mysql' ? 'int' : 'integer', 'bigint']
  const fromInteger = integers.indexOf(one.word)
  if (fromInteger !== -1) return integers.indexOf(other.word) > fromInteger
  const isText = one.word === 'varchar' || one.word === 'character varying'
  if (isText && (other.word === 'text' || other.word === 'longtext')) return true
  if (one.word !== other.word) return false
  const [length = 0, scale = 0] = one.numbers
  const [otherLength = 0, otherScale = 0] = other.numbers
  if (isText) return otherLength >= length
  const isDecimal = one.word === 'numeric' || one.word === 'decimal'
  return isDecimal && otherScale >= scale && otherLength - otherScale >= length - scale
}

/** `character varying(40)` ─▶ its word and its numbers; `timestamp(3) with time zone` alike. */
function partsOf(dialect: DialectName, type: string): TypeParts {
  const [, numbers = ''] = /\(([\d, ]+)\)/.exec(type) ?? []
  const text = type
    .toLowerCase()
    .replace(/\([\d, ]+\)/, '')
    .replace(/\s+/g, ' ')
    .trim()
  const word = synonyms[dialect][text] ?? text
  const parsed = numbers === '' ? [] : numbers.split(',').map(Number)
  // How wide MySQL shows an integer says nothing of it; SQLite keeps no lengths.
  const isSilent = (dialect === 'mysql' && /int$/.test(word)) || (dialect === 'sqlite' && word !== 'decimal_text')
  return { word, numbers: isSilent ? [] : parsed }
}

/** A default as it can be compared: `'0.00'::numeric`, `0`, `'0'` are the same. */
export function comparableDefault(text: string | undefined): string | undefined {
  if (text === undefined || /^null$/i.test(text)) return undefined
  let plain = text.trim()
  while (/^\(.*\)$/s.test(plain)) plain = plain.slice(1, -1).trim()
  plain = plain
    .replace(/::[\w ]+(?:\([\d, ]+\))?$/, '')
    .replace(/^'(.*)'$/s, '$1')
    .replaceAll("''", "'")
  if (/^(?:current_timestamp|now)\b/i.test(plain)) return 'now'
  if (/^strftime\(/i.test(plain)) return 'now'
  if (/^-?\d+(?:\.\d+)?$/.test(plain)) return String(Number(plain))
  return plain
}
