import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { defineApi, del, get, head, options, patch, post, put } from './define-api.ts'
import type { OperationSpec } from './operation.ts'

const Order = z.object({ id: z.string() })

describe('an operation', () => {
  it('is a value: kind, method, path and spec', () => {
    const spec = { body: Order, responses: { 201: Order } }
    assert.deepEqual(post('/orders', spec), { kind: 'unary', method: 'POST', path: '/orders', spec })
    assert.deepEqual(get('/ping'), { kind: 'unary', method: 'GET', path: '/ping', spec: {} })
    assert.ok(Object.isFrozen(get('/ping')))
  })

  it('streams where it declares events', () => {
    assert.equal(get('/orders/:id/events', { stream: Order }).kind, 'stream')
  })

  it('comes in every method', () => {
    const operations = [get('/x'), head('/x'), post('/x'), put('/x'), patch('/x'), del('/x'), options('/x')]
    const methods = operations.map(({ method }) => method)
    assert.deepEqual(methods, ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])
  })

  it('is refused with a bad path', () => {
    assert.throws(() => get('orders'), { code: 'BAD_PATTERN' })
  })

  const refused: { make: () => unknown; says: RegExp; why: string }[] = [
    {
      make: () => get('/x', { boddy: Order } as OperationSpec),
      says: /'boddy' is no member/,
      why: 'a misspelt member',
    },
    { make: () => get('/x', { body: Order }), says: /GET requests have no body/, why: 'content with GET' },
    { make: () => options('/x', { form: Order }), says: /OPTIONS requests/, why: 'a form with OPTIONS' },
    { make: () => post('/x', { body: Order, form: Order }), says: /either/, why: 'two kinds of content' },
  ]
  for (const { make, says, why } of refused) {
    it(`is refused with ${why}`, () => assert.throws(make, { code: 'BAD_OPERATION', message: says }))
  }
})

describe('defineApi', () => {
  it('keeps the operations under their names', () => {
    const place = post('/orders', { body: Order })
    const api = defineApi({ place, ping: get('/ping') })
    assert.equal(api.place, place)
    assert.deepEqual(Object.keys(api), ['place', 'ping'])
    assert.ok(Object.isFrozen(api))
  })

  const places: { first: string; second: string; clash: boolean; why: string }[] = [
    { first: '/orders', second: '/orders', clash: true, why: 'one path' },
    { first: '/users/:id', second: '/users/:name', clash: true, why: 'names of parameters make no difference' },
    { first: '/files/*a', second: '/files/*b', clash: true, why: 'nor those of catch-alls' },
    { first: '/users/:id', second: '/users/me', clash: false, why: 'static text wins over a parameter' },
    { first: '/users/:id', second: '/users/\\:id', clash: false, why: 'an escaped colon is text' },
    { first: '/users/:id', second: '/users/:id/', clash: false, why: 'a trailing slash is another path' },
  ]
  for (const { first, second, clash, why } of places) {
    it(`${clash ? 'refuses' : 'accepts'} ${first} beside ${second}: ${why}`, () => {
      const define = () => defineApi({ one: get(first), two: get(second) })
      if (clash) assert.throws(define, { code: 'DUPLICATE_OPERATION', message: /'one' and 'two' are both GET/ })
      else assert.doesNotThrow(define)
    })
  }

  it('accepts one path with several methods', () => {
    assert.doesNotThrow(() => defineApi({ read: get('/x'), write: put('/x') }))
  })

  for (const name of ['then', 'a-b', '1st', '', 'toJSON', 'constructor', '$x']) {
    it(`refuses the name ${JSON.stringify(name)}`, () => {
      assert.throws(() => defineApi({ [name]: get('/x') }), { code: 'BAD_OPERATION_NAME' })
    })
  }
})
