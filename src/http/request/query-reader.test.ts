import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { QueryReader } from './query-reader.ts'
import { parseQuery } from './query-string.ts'

const maxPairs = 4

/** What came of it: the record, or the code of the error. */
function outcome(read: () => object): unknown {
  try {
    return Object.entries(read())
  } catch (error) {
    return Reflect.get(error as object, 'code')
  }
}

function bothWays(names: readonly string[], query: string): [unknown, unknown] {
  // It stands somewhere in a head.
  const head = new TextEncoder().encode(`GET /?${query} HTTP/1.1`)
  const place = { head, queryStart: 6, queryEnd: 6 + query.length }
  return [outcome(() => new QueryReader(names).read(place, maxPairs)), outcome(() => parseQuery(query, maxPairs))]
}

describe('QueryReader', () => {
  const rows = [
    { query: '', why: 'there is nothing' },
    { query: 'page=2&q=tea', why: 'both names are known' },
    { query: 'q=tea&other=1', why: 'an unknown name is kept' },
    { query: 'q=1&q=2&q=3', why: 'a name that comes again makes an array' },
    { query: 'q', why: 'a name may have no value' },
    { query: 'q=&=x&==', why: 'either side may be empty' },
    { query: 'q=a=b', why: 'only the first equals sign parts' },
    { query: '&&q=1&', why: 'empty pairs are none' },
    { query: 'q=a%20b', why: 'an escape is decoded' },
    { query: 'q=a+b', why: 'a plus is a blank' },
    { query: '%71=1', why: 'a name may be escaped' },
    { query: 'q=%zz', why: 'a malformed escape is refused' },
    { query: 'a=1&b=2&c=3&d=4&e=5', why: 'there are too many pairs' },
    { query: '__proto__=1&constructor=2', why: 'names of the prototype are names' },
  ]
  for (const { query, why } of rows) {
    it(`reads «${query}» as parseQuery does: ${why}`, () => {
      const [read, expected] = bothWays(['page', 'q'], query)
      assert.deepEqual(read, expected)
    })
  }

  it('reads any query as parseQuery does, whatever names it knows', () => {
    const piece = fc.constantFrom('a', 'b', 'ab', 'page', '=', '&', '+', '%', '%41', '%C3%A9', '__proto__', '1')
    const query = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    const names = fc.array(fc.constantFrom('a', 'b', 'page', 'ab', '__proto__'), { maxLength: 3 })
    fc.assert(
      fc.property(names, query, (known, text) => {
        const [read, expected] = bothWays(known, text)
        assert.deepEqual(read, expected)
      }),
    )
  })
})
