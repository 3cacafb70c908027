/**
 * ColumnValues: how a value of each kind is read from the wire, described in JSON Schema, and written to a database.
 *
 *   wire ─ readWire ─▶ value │ what is wrong with it      value ─ toParameter ─▶ what the driver takes
 *                                                         value ─ toWire ─▶ JSON
 */
import type { JsonSchema } from '../../../schema/json-schema.ts'
import type { ColumnFacts, ColumnKind } from '../column.ts'

/** A value, or the rule that it breaks: a code, and what was expected. */
export type ReadValue = { readonly value: unknown } | { readonly rule: string; readonly expected: string }

type KindWords = {
  /** What JSON says of it. */
  schema(facts: ColumnFacts): JsonSchema
  read(value: unknown, facts: ColumnFacts): ReadValue
}

const type = (expected: string): ReadValue => ({ rule: 'invalid_type', expected })
const format = (expected: string): ReadValue => ({ rule: 'invalid_format', expected })

const int32 = 2 ** 31
const int64 = 2n ** 63n
const uuidPattern = /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i
const dayPattern = /^\d{4}-\d\d-\d\d$/
/** RFC 3339, section 5.6: the zone is not left to the reader. */
const momentPattern = /^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/
const base64Pattern = /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/

const kinds: Readonly<Record<ColumnKind, KindWords>> = {
  text: { schema: textSchema, read: readText },
  integer: {
    schema: ({ min = -int32, max = int32 - 1 }) => ({ type: 'integer', minimum: min, maximum: max }),
    read: (value, facts) =>
      Number.isInteger(value)
        ? readNumber(value as number, { min: -int32, max: int32 - 1, ...facts })
        : type('an integer'),
  },
  number: {
    schema: ({ min, max }) => ({
      type: 'number',
      ...(min !== undefined && { minimum: min }),
      ...(max !== undefined && { maximum: max }),
    }),
    read: (value, facts) => (Number.isFinite(value) ? readNumber(value as number, facts) : type('a number')),
  },
  bigint: {
    schema: () => ({ type: ['string', 'integer'], format: 'int64', pattern: '^-?[0-9]{1,19}$' }),
    read: readBigint,
  },
  decimal: {
    schema: (facts) => ({ type: 'string', format: 'decimal', pattern: decimalPattern(facts).source }),
    read: readDecimal,
  },
  boolean: {
    schema: () => ({ type: 'boolean' }),
    read: (value) => (typeof value === 'boolean' ? { value } : type('true or false')),
  },
  moment: { schema: () => ({ type: 'string', format: 'date-time' }), read: readMoment },
  day: { schema: () => ({ type: 'string', format: 'date' }), read: readDay },
  // A schema of its own is asked by the model's schema.
  json: {
    schema: () => ({}),
    read: (value) => (value === undefined ? type('a value') : { value }),
  },
  bytes: {
    schema: () => ({ type: 'string', contentEncoding: 'base64' }),
    read(value) {
      if (value instanceof Uint8Array) return { value }
      if (typeof value !== 'string' || !base64Pattern.test(value)) return format('bytes in base64')
      return { value: Uint8Array.from(Buffer.from(value, 'base64')) }
    },
  },
  uuid: {
    schema: () => ({ type: 'string', format: 'uuid' }),
    read: (value) =>
      typeof value === 'string' && uuidPattern.test(value) ? { value: value.toLowerCase() } : format('a UUID'),
  },
}

export function readWire(value: unknown, facts: ColumnFacts): ReadValue {
  if (value === null && facts.isNullable) return { value }
  return kinds[facts.kind].read(value, facts)
}

export function wireSchema(facts: ColumnFacts): JsonSchema {
  const schema = kinds[facts.kind].schema(facts)
  if (!facts.isNullable || Object.keys(schema).length === 0) return schema
  return { anyOf: [schema, { type: 'null' }] }
}

/** As a driver takes it, and alike on all databases: a decimal with all its digits, a document as text. */
export function toParameter(value: unknown, { kind, scale = 0 }: ColumnFacts): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'decimal') return padded(String(value), scale)
  if (kind === 'json') return JSON.stringify(value)
  if (kind === 'uuid') return String(value).toLowerCase()
  return value
}

/** What a database gives back of a value that was written. */
export function asRead(value: unknown, facts: ColumnFacts): unknown {
  if (value === null || value === undefined) return null
  const { kind } = facts
  if (kind === 'bigint') return BigInt(value as bigint | number)
  if (kind === 'json') return JSON.parse(JSON.stringify(value))
  if (kind === 'moment') return new Date(value as Date)
  return toParameter(value, facts)
}

export function toWire(value: unknown, { kind }: ColumnFacts): unknown {
  if (value === null || value === undefined) return null
  if (kind === 'bigint') return String(value)
  if (kind === 'moment') return (value as Date).toISOString()
  if (kind === 'bytes') return Buffer.from(value as Uint8Array).toString('base64')
  return value
}

function textSchema({ min, max, pattern, options }: ColumnFacts): JsonSchema {
  if (options !== undefined) return { type: 'string', enum: options }
  return {
    type: 'string',
    ...(min !== undefined && { minLength: min }),
    ...(max !== undefined && { maxLength: max }),
    ...(pattern !== undefined && { pattern: pattern.source }),
  }
}

function readText(
  value: unknown,
  { min = 0, max = Number.POSITIVE_INFINITY, pattern, options }: ColumnFacts,
): ReadValue {
  if (typeof value !== 'string') return type('a text')
  if (options !== undefined) {
    return options.includes(value) ? { value } : { rule: 'invalid_value', expected: `one of ${options.join(', ')}` }
  }
  // Databases and JSON Schema count characters, not the halves of those beyond 16 bits.
  const length = value.length <= max && value.length >= min * 2 ? value.length : [...value].length
  if (length < min) return { rule: 'too_small', expected: `at least ${min} characters` }
  if (length > max) return { rule: 'too_big', expected: `at most ${max} characters` }
  if (pattern !== undefined && value.search(pattern) === -1) return format(`a text that fits ${pattern.source}`)
  return { value }
}

function readNumber(
  value: number,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: Pick<ColumnFacts, 'min' | 'max'>,
): ReadValue {
  if (value < min) return { rule: 'too_small', expected: `at least ${min}` }
  if (value > max) return { rule: 'too_big', expected: `at most ${max}` }
  return { value }
}

/** A number beyond 2 ** 53 has lost its last digits on the way: it is refused. */
function readBigint(value: unknown): ReadValue {
  const isText = typeof value === 'string' && /^-?\d{1,19}$/.test(value)
  if (!isText && typeof value !== 'bigint' && !Number.isSafeInteger(value)) {
    return type('an integer, as digits in a text or as an exact number')
  }
  const whole = BigInt(value as string | bigint | number)
  if (whole < -int64 || whole >= int64) return { rule: 'too_big', expected: 'an integer of 64 bits' }
  return { value: whole }
}

function decimalPattern({ precision = 18, scale = 0 }: ColumnFacts): RegExp {
  const whole = `-?[0-9]{1,${Math.max(1, precision - scale)}}`
  return new RegExp(scale === 0 ? `^${whole}$` : `^${whole}(\\.[0-9]{1,${scale}})?$`)
}

function readDecimal(value: unknown, facts: ColumnFacts): ReadValue {
  const { precision = 18, scale = 0 } = facts
  if (typeof value !== 'string' || !decimalPattern(facts).test(value)) {
    return format(
      `a decimal in a text, with at most ${precision - scale} digits before the point and ${scale} behind it`,
    )
  }
  return { value: padded(value, scale) }
}

function padded(text: string, scale: number): string {
  if (scale === 0) return text
  const [whole, part = ''] = text.split('.')
  return `${whole}.${part.padEnd(scale, '0')}`
}

function readMoment(value: unknown): ReadValue {
  const moment =
    value instanceof Date
      ? value
      : new Date(typeof value === 'string' && momentPattern.test(value) ? value : Number.NaN)
  return Number.isNaN(moment.getTime()) ? format('a moment such as 2026-11-28T09:30:00Z') : { value: moment }
}

function readDay(value: unknown): ReadValue {
  const isDay = typeof value === 'string' && dayPattern.test(value)
  const day = new Date(isDay ? `${value}T00:00:00Z` : Number.NaN)
  // The 30th of February would become the 2nd of March.
  if (Number.isNaN(day.getTime()) || day.toISOString().slice(0, 10) !== value) return format('a day such as 2026-11-28')
  return { value }
}
