import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { startOrder } from './start-order.ts'

/** `a: b c` reads «a needs b and c». */
function services(...lines: string[]): { name: string; needs: string[] }[] {
  return lines.map((line) => {
    const [name = '', needs = ''] = line.split(':')
    return { name, needs: needs.split(' ').filter((need) => need !== '') }
  })
}

describe('startOrder', () => {
  const rows = [
    { declared: ['a:', 'b:', 'c:'], order: 'a b c', why: 'the declared order stays where nothing is needed' },
    { declared: ['a: b', 'b:'], order: 'b a', why: 'whoever is needed comes first' },
    {
      declared: ['gateway: orders users', 'orders: users', 'users:'],
      order: 'users orders gateway',
      why: 'through two arrows',
    },
    { declared: ['a: c', 'b: c', 'c:'], order: 'c a b', why: 'one that two need stands once' },
  ]
  for (const { declared, order, why } of rows) {
    it(`${declared.join(', ')} starts as ${order}: ${why}`, () => {
      const names = startOrder(services(...declared)).map((service) => service.name)
      assert.equal(names.join(' '), order)
    })
  }

  it('draws a circle of needs', () => {
    const circle = services('entry: a', 'a: b', 'b: c', 'c: a')
    assert.throws(() => startOrder(circle), { code: 'CIRCULAR_NEEDS', message: /a → b → c → a/ })
  })

  it('takes a service that needs itself for a circle', () => {
    assert.throws(() => startOrder(services('a: a')), { code: 'CIRCULAR_NEEDS', message: /a → a/ })
  })

  it('names what is declared when a need is not', () => {
    assert.throws(() => startOrder(services('a: users', 'user:')), {
      code: 'UNKNOWN_NEED',
      message: /'a' needs 'users', which is not declared; declared are a, user/,
    })
  })
})
