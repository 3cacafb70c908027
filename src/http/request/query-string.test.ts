import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { parseQuery } from './query-string.ts'

const read = (text: string) => ({ ...parseQuery(text, 4) })

describe('parseQuery', () => {
  const sound: { text: string; expected: Record<string, unknown>; why: string }[] = [
    { text: '', expected: {}, why: 'nothing is no pair' },
    { text: 'page=3&q=hello', expected: { page: '3', q: 'hello' }, why: 'pairs stand apart by &' },
    { text: 'tag=a&tag=b&tag=c', expected: { tag: ['a', 'b', 'c'] }, why: 'a repeated name has an array, in order' },
    { text: 'flag&empty=', expected: { flag: '', empty: '' }, why: 'a name alone has the empty value' },
    { text: '&&a=1&', expected: { a: '1' }, why: 'empty pairs are none and do not count' },
    { text: 'a=b=c', expected: { a: 'b=c' }, why: 'only the first = separates' },
    { text: '=v', expected: { '': 'v' }, why: 'a name may be empty' },
    { text: 'q=a+b&c%2Bd=%2B', expected: { q: 'a b', 'c+d': '+' }, why: 'a plus is a space, an escaped one a plus' },
    { text: 'n=%E2%82%AC', expected: { n: '€' }, why: 'escapes are UTF-8' },
    { text: 'a;b=1', expected: { 'a;b': '1' }, why: 'a semicolon separates nothing (WHATWG URL)' },
    { text: 'a[b]=1', expected: { 'a[b]': '1' }, why: 'brackets make no objects' },
  ]
  for (const { text, expected, why } of sound) {
    it(`reads '${text}': ${why}`, () => assert.deepEqual(read(text), expected))
  }

  const refused = [
    { text: 'a=%', why: 'an escape needs two digits' },
    { text: 'a=%zz', why: 'an escape needs hexadecimal digits' },
    { text: '%ff=1', why: 'an escape must be UTF-8' },
    { text: 'a=%ED%A0%80', why: 'half a surrogate pair is no UTF-8' },
    { text: 'a=1&b=2&c=3&d=4&e=5', why: 'there are more pairs than allowed' },
  ]
  for (const { text, why } of refused) {
    it(`refuses '${text}': ${why}`, () => {
      assert.throws(() => read(text), { code: 'BAD_QUERY', status: 400 })
    })
  }

  it('knows no name that was not sent, whatever it is called', () => {
    const query = parseQuery('a=1', 10)
    for (const name of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) assert.equal(query[name], undefined)
  })

  it('takes dangerous names for names', () => {
    const query = parseQuery('__proto__=x&constructor=y', 10)
    assert.equal(Reflect.get(query, '__proto__'), 'x')
    assert.equal(query.constructor, 'y')
    assert.equal(({} as Record<string, unknown>).x, undefined)
  })
})
