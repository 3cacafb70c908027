import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type Baggage, baggageValue, formatBaggage, parseBaggage, withBaggage } from './baggage.ts'

function valuesOf(baggage: Baggage | undefined): Record<string, string> {
  return Object.fromEntries(Array.from(baggage ?? [], ([name, { value }]) => [name, value]))
}

describe('baggage is read', () => {
  const rows = [
    { header: 'a=1', expected: { a: '1' }, why: 'one member' },
    { header: 'a=1,b=2', expected: { a: '1', b: '2' }, why: 'two' },
    { header: ' a = 1 \t, b=2', expected: { a: '1', b: '2' }, why: 'white space around names and values' },
    { header: 'a=1;p;q=2,b=3', expected: { a: '1', b: '3' }, why: 'properties belong to their member' },
    { header: 'a=b=c', expected: { a: 'b=c' }, why: 'equals signs in a value' },
    { header: 'a=', expected: { a: '' }, why: 'an empty value' },
    { header: 'user=Am%C3%A9lie', expected: { user: 'Amélie' }, why: 'percent-encoded UTF-8' },
    { header: 'a=%FF', expected: { a: '\ufffd' }, why: 'what is no UTF-8 is replaced' },
    { header: 'a=100%', expected: { a: '100%' }, why: 'a percent sign that encodes nothing' },
    { header: 'a=1,a=2', expected: { a: '2' }, why: 'the last one of a name counts' },
    { header: 'a=1,broken,b=2', expected: { a: '1', b: '2' }, why: 'a member without an equals sign is dropped alone' },
    { header: 'a b=1,c=2', expected: { c: '2' }, why: 'a name that is no token' },
    { header: 'a="x",c=2', expected: { c: '2' }, why: 'quotes are not allowed in a value' },
    { header: 'a=ü,c=2', expected: { c: '2' }, why: 'nor is what is not ASCII' },
    { header: '=1,c=2', expected: { c: '2' }, why: 'an empty name' },
    { header: '', expected: {}, why: 'nothing' },
    { header: ',,,', expected: {}, why: 'nothing but commas' },
  ]
  for (const { header, expected, why } of rows) {
    it(`${JSON.stringify(header)}: ${why}`, () => assert.deepEqual(valuesOf(parseBaggage(header)), expected))
  }

  it('as far as 64 members and 8,192 characters, the last whole member that fits', () => {
    const many = Array.from({ length: 100 }, (_, i) => `k${i}=v`).join()
    assert.equal(parseBaggage(many)?.size, 64)
    const long = Array.from({ length: 10 }, (_, i) => `k${i}=${'v'.repeat(1_000)}`).join()
    assert.deepEqual([...(parseBaggage(long)?.keys() ?? [])], ['k0', 'k1', 'k2', 'k3', 'k4', 'k5', 'k6', 'k7'])
    assert.equal(parseBaggage(`k=${'v'.repeat(10_000)}`), undefined)
    assert.equal(parseBaggage('x'.repeat(100_000)), undefined)
  })
})

describe('baggage is written', () => {
  it('encoded, with the properties that came along', () => {
    const baggage = parseBaggage('user=Am%C3%A9lie;ttl=60,plan=a%2Cb')
    assert.equal(baggage && formatBaggage(baggage), 'user=Am%C3%A9lie;ttl=60,plan=a%2Cb')
  })

  it('within the limits', () => {
    const large = new Map(Array.from({ length: 100 }, (_, i) => [`k${i}`, { value: 'v'.repeat(200) }]))
    const header = formatBaggage(large)
    assert.ok(header.length <= 8_192)
    assert.equal(parseBaggage(header)?.size, 40)
  })

  it('so that it is read again as it was', () => {
    const name = fc.string({ unit: fc.constantFrom(...'abcXYZ019-_.~'), minLength: 1, maxLength: 10 })
    fc.assert(
      fc.property(fc.dictionary(name, fc.string({ unit: 'grapheme', maxLength: 20 }), { maxKeys: 10 }), (values) => {
        const baggage = new Map(Object.entries(values).map(([key, value]) => [key, { value }]))
        assert.deepEqual(valuesOf(parseBaggage(formatBaggage(baggage))), { ...values })
      }),
    )
  })
})

describe('withBaggage', () => {
  it('adds, replaces and takes away for the work inside, through awaits', async () => {
    await withBaggage({ tenant: 'acme', plan: 'gold' }, async () => {
      await Promise.resolve()
      assert.equal(baggageValue('tenant'), 'acme')
      withBaggage({ tenant: 'globex', plan: undefined, 'not a token': 'x' }, () => {
        assert.deepEqual(
          [baggageValue('tenant'), baggageValue('plan'), baggageValue('not a token')],
          ['globex', undefined, undefined],
        )
      })
      assert.equal(baggageValue('tenant'), 'acme')
    })
    assert.equal(baggageValue('tenant'), undefined)
  })
})
