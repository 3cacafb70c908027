/**
 * Pairs of a query or an urlencoded form (WHATWG URL, section 5), read strictly:
 *
 *   a=1&b=2&b=3&c   ──▶  { a: '1', b: ['2', '3'], c: '' }
 *
 * Escapes that are malformed or no UTF-8 are refused instead of guessed at: two readers that guess differently are how a
 * check in front of a service is bypassed.
 */
import type { RawQuery } from '../../api/operation.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { nullRecord } from '../internal/null-record.ts'

/** @throws ServiceError `BAD_QUERY` (400) if an escape is malformed or there are too many pairs. */
export function parseQuery(text: string, maxPairs: number): RawQuery {
  return parsePairs(text, maxPairs, (why) => new ServiceError('BAD_QUERY', `The query ${why}.`, { status: 400 }))
}

/** `refuse` makes the error for what cannot be read; its argument continues «the query …». */
export function parsePairs(text: string, maxPairs: number, refuse: (why: string) => ServiceError): RawQuery {
  const pairs: Record<string, string | string[]> = nullRecord()
  const isPlain = !text.includes('%') && !text.includes('+')
  let count = 0
  for (let start = 0; start < text.length; ) {
    const ampersand = text.indexOf('&', start)
    const end = ampersand === -1 ? text.length : ampersand
    if (end > start) {
      if (++count > maxPairs) throw refuse(`holds more than ${maxPairs} pairs`)
      const equals = text.indexOf('=', start)
      const nameEnd = equals === -1 || equals > end ? end : equals
      const name = text.slice(start, nameEnd)
      const value = text.slice(nameEnd + 1, end)
      if (isPlain) addPair(pairs, name, value)
      else addPair(pairs, decode(name, refuse), decode(value, refuse))
    }
    start = end + 1
  }
  return pairs
}

/** Several values of one name become an array. */
export function addPair(pairs: Record<string, string | string[]>, name: string, value: string): void {
  const before = pairs[name]
  if (before === undefined) pairs[name] = value
  else if (typeof before === 'string') pairs[name] = [before, value]
  else before.push(value)
}

function decode(text: string, refuse: (why: string) => ServiceError): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw refuse('holds an escape that is malformed or no UTF-8')
  }
}
