import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { secretNames } from '../secret-names.ts'
import { BoundedJson } from './bounded-json.ts'

const json = new BoundedJson({ withStacks: false })

/** What a reader of the line would get. */
function read(value: unknown, writer: BoundedJson = json): unknown {
  return JSON.parse(`{"-":0${writer.fields({ value })}}`).value
}

describe('any value becomes JSON', () => {
  const circle: Record<string, unknown> = { name: 'circle' }
  circle.self = circle
  const shared = { id: 1 }
  const throwing = {
    get price(): number {
      throw new Error('no price yet')
    },
    sku: 'a',
  }
  const cases: { why: string; value: unknown; expected: unknown }[] = [
    { why: 'text with quotes, newlines and a lone surrogate', value: 'a"b\\c\n\ud800', expected: 'a"b\\c\n\ud800' },
    { why: 'text beyond the basic plane', value: 'Grüße 👋', expected: 'Grüße 👋' },
    { why: 'no JSON number is not a number', value: Number.NaN, expected: 'NaN' },
    { why: 'infinity', value: Number.NEGATIVE_INFINITY, expected: '-Infinity' },
    { why: 'a bigint keeps its digits', value: 9_007_199_254_740_993n, expected: '9007199254740993' },
    { why: 'null', value: null, expected: null },
    { why: 'a date', value: new Date(0), expected: '1970-01-01T00:00:00.000Z' },
    { why: 'a date that is none', value: new Date(Number.NaN), expected: 'Invalid Date' },
    {
      why: 'a map, whatever its keys',
      value: new Map<unknown, unknown>([
        ['a', 1],
        [2, 'b'],
      ]),
      expected: { a: 1, 2: 'b' },
    },
    { why: 'a set', value: new Set([1, 2]), expected: [1, 2] },
    { why: 'bytes by their number only', value: new Uint8Array(12), expected: '[12 bytes]' },
    { why: 'a function by its name', value: function place() {}, expected: '[function place]' },
    { why: 'a symbol', value: Symbol('x'), expected: 'Symbol(x)' },
    { why: 'toJSON is asked', value: new URL('http://127.0.0.1/a'), expected: 'http://127.0.0.1/a' },
    { why: 'undefined in an array keeps its place', value: [1, undefined, 3], expected: [1, null, 3] },
    { why: 'undefined in an object is absent', value: { a: undefined, b: 1 }, expected: { b: 1 } },
    { why: 'a cycle', value: circle, expected: { name: 'circle', self: '[circular]' } },
    { why: 'the same object twice is no cycle', value: [shared, shared], expected: [{ id: 1 }, { id: 1 }] },
    { why: 'a getter that throws', value: throwing, expected: { price: '[unreadable: no price yet]', sku: 'a' } },
    { why: 'an object without prototype', value: Object.assign(Object.create(null), { a: 1 }), expected: { a: 1 } },
    { why: 'a revoked proxy', value: revokedProxy(), expected: 'matched below' },
  ]
  for (const { why, value, expected } of cases) {
    it(why, () => {
      if (expected === 'matched below') assert.match(String(read(value)), /^\[unreadable: /)
      else assert.deepEqual(read(value), expected)
    })
  }

  it('skips an undefined field and survives a getter on the fields themselves', () => {
    assert.deepEqual(JSON.parse(`{"-":0${json.fields(throwing)}}`), {
      '-': 0,
      price: '[unreadable: no price yet]',
      sku: 'a',
    })
    assert.equal(json.fields({ a: undefined }), '')
  })
})

describe('errors', () => {
  it('show name, message, code, details and their causes', () => {
    const root = Object.assign(new TypeError('refused'), { code: 'ECONNREFUSED', socket: { secret: 1 } })
    const error = new ServiceError('PAYMENT_FAILED', 'No payment.', {
      details: { orderId: 7, cardToken: 'x' },
      cause: root,
    })
    assert.deepEqual(read(error), {
      name: 'ServiceError',
      message: 'No payment.',
      code: 'PAYMENT_FAILED',
      details: { orderId: 7, cardToken: '[redacted]' },
      cause: { name: 'TypeError', message: 'refused', code: 'ECONNREFUSED' },
    })
  })

  it('show their stacks where that is wanted', () => {
    const shown = read(new Error('x'), new BoundedJson()) as { stack: string }
    assert.match(shown.stack, /bounded-json\.test\.ts/)
  })

  it('show all errors of an aggregate', () => {
    const shown = read(new AggregateError([new Error('a'), new Error('b')], 'both')) as {
      errors: { message: string }[]
    }
    assert.deepEqual(
      shown.errors.map(({ message }) => message),
      ['a', 'b'],
    )
  })

  it('end where causes go in a circle', () => {
    const a = new Error('a')
    a.cause = new Error('b', { cause: a })
    assert.deepEqual(read(a), {
      name: 'Error',
      message: 'a',
      cause: { name: 'Error', message: 'b', cause: '[circular]' },
    })
  })
})

describe('secrets', () => {
  it('are redacted at any depth, in maps and in headers, whatever the case', () => {
    const value = {
      headers: { Authorization: 'Bearer x', 'Set-Cookie': ['a'], 'x-api-key': 'k', accept: 'text/html' },
      users: [{ name: 'ann', passWord: 'p', tokens: { refreshToken: 't' } }],
      map: new Map([['client_secret', 's']]),
    }
    assert.deepEqual(read(value), {
      headers: {
        Authorization: '[redacted]',
        'Set-Cookie': '[redacted]',
        'x-api-key': '[redacted]',
        accept: 'text/html',
      },
      users: [{ name: 'ann', passWord: '[redacted]', tokens: '[redacted]' }],
      map: { client_secret: '[redacted]' },
    })
    assert.equal(json.fields({ password: 'p', id: 1 }), ',"password":"[redacted]","id":1')
  })

  it('are what the caller says they are', () => {
    const own = new BoundedJson({ isSecret: secretNames({ words: ['iban'], except: ['tokenCount'] }) })
    assert.deepEqual(read({ customerIban: 'DE', tokenCount: 3, token: 'x' }, own), {
      customerIban: '[redacted]',
      tokenCount: 3,
      token: '[redacted]',
    })
  })
})

describe('bounds', () => {
  const small = new BoundedJson({ limits: { maxDepth: 2, maxMembers: 3, maxStringLength: 10, maxTotalLength: 200 } })

  it('cut long text and say how long it was', () => {
    assert.equal(read('0123456789abc', small), '0123456789… (13 characters)')
  })

  it('end at the depth', () => {
    assert.deepEqual(read({ a: { b: { c: { d: 1 } }, list: [[[]]] } }, small), {
      a: { b: { c: '[object]' }, list: ['[array]'] },
    })
  })

  it('end after so many members or items, and count the rest', () => {
    assert.deepEqual(read([1, 2, 3, 4, 5], small), [1, 2, 3, '[2 more]'])
    assert.deepEqual(read({ a: 1, b: 2, c: 3, d: 4 }, small), { a: 1, b: 2, c: 3, '…': '[1 more]' })
  })

  it('end at the total length, whether it comes from one value or from many fields', () => {
    const wide = Array.from({ length: 3 }, () =>
      Array.from({ length: 3 }, () => ['0123456789', '0123456789', '0123456789']),
    )
    assert.ok(JSON.stringify(read(wide, new BoundedJson({ limits: { maxTotalLength: 60 } }))).length < 150)
    const fields = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`field${i}`, 'x']))
    const line = small.fields(fields)
    assert.ok(line.length < 250 && line.endsWith(',"truncated":true'), line)
  })

  it('hold for a huge value in little time', () => {
    const huge = Array.from({ length: 1e6 }, () => ({ a: 'x'.repeat(100) }))
    assert.ok(JSON.stringify(read(huge)).length < 70_000)
  })

  it('keep the memory of names bounded', () => {
    for (let i = 0; i < 5_000; i++) json.fields({ [`name${i}`]: i })
    assert.equal(json.fields({ name4999: 1, token4999: 2 }), ',"name4999":1,"token4999":"[redacted]"')
  })
})

function revokedProxy(): unknown {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}
