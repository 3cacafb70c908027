/** Values that checks are easily wrong about. Made anew each time, because a library may freeze them. */
import fc from 'fast-check'

const makers: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => Number.NaN,
  () => Number.POSITIVE_INFINITY,
  () => -0,
  () => 2 ** 53,
  () => -(2 ** 31) - 1,
  () => Number.MAX_VALUE,
  () => 1n,
  () => Symbol('s'),
  () => () => 1,
  () => new Date(0),
  () => new Map(),
  () => Object.assign([], { extra: 1 }),
  () => new Array(2),
  () => Object('text'),
  () => Object(1),
  () =>
    new (class {
      a = 'x'
      constructor() {
        Object.defineProperty(this, 'hidden', { value: 1, enumerable: false })
      }
    })(),
  () => Object.create({ a: 'x', b: 1, kind: 'x' }),
  () => Object.assign(Object.create(null), { a: 'x', b: 1, kind: 'x' }),
  () => JSON.parse('{"__proto__":{"a":1},"a":"x","b":1}'),
  () => ({ a: 'x', [Symbol('s')]: 1 }),
  () => ({ constructor: 1, toString: 2, a: 'x' }),
  () => ({ constructor: Object }),
  () => ({ constructor: class {} }),
  () => ({
    get a() {
      return 'x'
    },
    b: 1,
  }),
  () => Object.defineProperty({ b: 1 }, 'a', { value: 'x', enumerable: false }),
  () => '😀😀',
  () => '\ud800',
  () => 'aa\n',
]

export const strangeValues: fc.Arbitrary<unknown> = fc.constantFrom(...makers).map((make) => make())

/** Mostly what was asked for, now and then something else. */
export function mostly(usual: fc.Arbitrary<unknown>, weight = 14): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight }, { arbitrary: strangeValues, weight: 1 })
}

export const texts: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(
    '',
    'a',
    'ab',
    'abc',
    'xaby',
    ' a ',
    'A',
    'x',
    'y',
    '7',
    'a@b.co',
    '2026-11-28T10:00:00Z',
    '😀',
    'a😀b',
  ),
  fc.string({ maxLength: 6 }),
  fc.uuid(),
)

export const numbers: fc.Arbitrary<number> = fc.oneof(
  fc.integer({ min: -3, max: 12 }),
  fc.constantFrom(0.5, 1.5, -0, 0.3, 2 ** 31, 2 ** 32, 2 ** 53 - 1, 2 ** 53, 1e300),
  fc.double(),
)

/** Objects with these members, some of them missing, others beside them, in any order. */
export function objectsOf(members: ReadonlyMap<string, fc.Arbitrary<unknown>>): fc.Arbitrary<unknown> {
  const all = fc.record(Object.fromEntries(members), { requiredKeys: [...members.keys()] })
  const some = fc.record(Object.fromEntries(members), { requiredKeys: [] })
  const more = fc.dictionary(fc.constantFrom('other', 'z', '5', '__proto__'), fc.oneof(texts, numbers), { maxKeys: 2 })
  const nothing = fc.constant({})
  const known = fc.oneof({ arbitrary: all, weight: 6 }, { arbitrary: some, weight: 1 })
  const beside = fc.oneof({ arbitrary: nothing, weight: 3 }, { arbitrary: more, weight: 1 })
  return fc.tuple(known, beside, fc.boolean()).map(([declared, others, isReversed]) => {
    const entries = [...Object.entries(declared), ...Object.entries(others)]
    return Object.fromEntries(isReversed ? entries.reverse() : entries)
  })
}
