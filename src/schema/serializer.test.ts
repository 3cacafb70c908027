import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { z } from 'zod'
import { fromJsonSchema, type JsonSchema } from './json-schema.ts'
import { compileSerializer } from './serializer.ts'

const plain = (jsonSchema: JsonSchema) => fromJsonSchema<unknown>(jsonSchema, () => [])
const secret = 'secret'

describe('a serializer', () => {
  const Money = z.object({ amount: z.number(), currency: z.string() })
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree).optional()
    },
  })
  const Event = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('paid'), total: Money }),
    z.object({ kind: z.enum(['sent', 'lost']), carrier: z.string() }),
  ])

  const sent: { schema: z.ZodType; value: unknown; text: string; why: string }[] = [
    {
      schema: Money,
      value: { amount: 1, currency: 'EUR' },
      text: '{"amount":1,"currency":"EUR"}',
      why: 'what is declared',
    },
    {
      schema: Money,
      value: { currency: 'EUR', amount: 1 },
      text: '{"amount":1,"currency":"EUR"}',
      why: 'in declared order',
    },
    { schema: Money, value: { amount: 1, secret }, text: '{"amount":1}', why: 'and nothing else' },
    {
      schema: Money,
      value: { amount: Number.NaN, currency: undefined },
      text: '{"amount":null}',
      why: 'as JSON says it',
    },
    {
      schema: Money,
      value: { amount: 1, currency: 'a"\\\u2028\ud800' },
      text: '{"amount":1,"currency":"a\\"\\\\\u2028\\ud800"}',
      why: 'escaped',
    },
    { schema: Money, value: null, text: 'null', why: 'null holds nothing' },
    {
      schema: z.array(Money),
      value: [{ amount: 1 }, { secret, amount: 2 }],
      text: '[{"amount":1},{"amount":2}]',
      why: 'in arrays',
    },
    { schema: z.object({ a: Money.nullable() }), value: { a: { secret } }, text: '{"a":{}}', why: 'deep inside' },
    { schema: z.object({}), value: { secret }, text: '{}', why: 'no member is declared' },
    { schema: z.looseObject({ a: z.int() }), value: { b: 1, a: 2 }, text: '{"a":2,"b":1}', why: 'others may pass' },
    {
      schema: z.object({ a: z.int() }).catchall(Money),
      value: { b: { secret }, a: 2 },
      text: '{"a":2,"b":{}}',
      why: 'others are known',
    },
    {
      schema: z.record(z.string(), Money),
      value: { x: { amount: 1, secret } },
      text: '{"x":{"amount":1}}',
      why: 'a record',
    },
    { schema: z.tuple([z.string(), Money]), value: ['a', { secret }], text: '["a",{}]', why: 'a tuple' },
    { schema: z.tuple([z.string()]), value: ['a', { secret }], text: '["a"]', why: 'a tuple that ends' },
    { schema: z.tuple([z.string()], Money), value: ['a', { secret }], text: '["a",{}]', why: 'a tuple that goes on' },
    {
      schema: Tree,
      value: { name: 'a', children: [{ name: 'b', secret, children: [] }] },
      text: '{"name":"a","children":[{"name":"b","children":[]}]}',
      why: 'a schema that holds itself',
    },
    {
      schema: Event,
      value: { kind: 'paid', total: { amount: 1, secret }, carrier: secret },
      text: '{"kind":"paid","total":{"amount":1}}',
      why: 'the alternative that is meant',
    },
    {
      schema: Event,
      value: { kind: 'lost', carrier: 'x', total: secret },
      text: '{"kind":"lost","carrier":"x"}',
      why: 'or another',
    },
    {
      schema: z.union([Money, z.object({ note: z.string() })]),
      value: { note: 'n', amount: 1, secret },
      text: '{"amount":1,"note":"n"}',
      why: 'of alternatives that nothing tells apart, all',
    },
    {
      schema: z.union([z.array(Money), Money, z.string()]),
      value: [{ secret }],
      text: '[{}]',
      why: 'array or object or string',
    },
    {
      schema: z.union([z.array(Money), z.array(z.object({ note: z.string() }))]),
      value: [{ note: 'n', secret }],
      text: '[{"note":"n"}]',
      why: 'arrays of either',
    },
    {
      schema: z.intersection(Money, z.object({ note: z.string() })),
      value: { note: 'n', amount: 1, secret },
      text: '{"amount":1,"note":"n"}',
      why: 'both parts',
    },
    {
      schema: z.union([z.null(), Money]),
      value: { amount: 1, secret },
      text: '{"amount":1}',
      why: 'one alternative with members',
    },
    {
      schema: z.object({ at: z.iso.datetime() }),
      value: { at: new Date(0) },
      text: '{"at":"1970-01-01T00:00:00.000Z"}',
      why: 'toJSON, as ever',
    },
    {
      schema: Money,
      value: new (class {
        currency = 'EUR'
        amount = 1
        secret = secret
      })(),
      text: '{"amount":1,"currency":"EUR"}',
      why: 'an instance of a class',
    },
    {
      schema: Money,
      value: { toJSON: () => ({ amount: 1, secret }) },
      text: '{"amount":1}',
      why: 'a member cannot be smuggled in by toJSON',
    },
    {
      schema: Money,
      value: Object.defineProperty({ amount: 2 }, 'toJSON', { value: () => ({ amount: 1, secret }) }),
      text: '{"amount":1}',
      why: 'nor by one that no loop over names sees',
    },
    {
      schema: z.array(Money),
      value: Object.assign([], { toJSON: () => [{ amount: 1, secret }] }),
      text: '[{"amount":1}]',
      why: 'nor by one of an array',
    },
    {
      schema: z.object({ toString: z.string().optional(), a: z.int() }),
      value: { a: 1 },
      text: '{"a":1}',
      why: 'own members only',
    },
    {
      schema: z.object({ when: z.string().transform((text) => new Date(text)) }),
      value: { when: 'now', secret },
      text: '{"when":"now"}',
      why: 'the side that is on the wire',
    },
    { schema: z.any(), value: { anything: [1] }, text: '{"anything":[1]}', why: 'anything' },
    {
      schema: z.object({ a: z.unknown() }),
      value: { a: { b: 1 }, secret },
      text: '{"a":{"b":1}}',
      why: 'anything in a member',
    },
    {
      schema: z.record(z.string(), z.any()),
      value: JSON.parse('{"__proto__":{"x":1},"a":1}'),
      text: '{"a":1}',
      why: 'not even where anything may be in it',
    },
    {
      schema: z.record(z.string(), z.int()),
      value: JSON.parse('{"__proto__":{"x":1},"a":1}'),
      text: '{"a":1}',
      why: 'no name that does something',
    },
  ]
  for (const { schema, value, text, why } of sent) {
    it(`sends ${text}: ${why}`, () => {
      const serialize = compileSerializer(schema)
      assert.equal(serialize(value), text)
      assert.deepEqual([serialize.mode, serialize.notes], ['compiled', []])
    })
  }

  const refused: { schema: z.ZodType; value: unknown; says: RegExp; why: string }[] = [
    {
      schema: z.object({ name: z.string() }),
      value: { name: { secret } },
      says: /at '\/name': a plain value was declared, an object \(1 members\)/,
      why: 'an object where text was declared',
    },
    {
      schema: z.array(z.object({ name: z.string() })),
      value: [{ name: [secret] }],
      says: /at '\/\*\/name'.* an array came/,
      why: 'an array',
    },
    {
      schema: z.array(z.string()),
      value: { secret },
      says: /at '': an array was declared/,
      why: 'an object for an array',
    },
    {
      schema: z.object({ a: z.string() }),
      value: [secret],
      says: /an object was declared/,
      why: 'an array for an object',
    },
    {
      schema: Event,
      value: { kind: 'burnt', secret },
      says: /a known 'kind'/,
      why: 'an alternative that does not exist',
    },
    { schema: z.string(), value: undefined, says: /is undefined, which JSON cannot say/, why: 'nothing at all' },
    { schema: z.any(), value: () => secret, says: /is function/, why: 'a function' },
  ]
  for (const { schema, value, says, why } of refused) {
    it(`refuses ${why}`, () => {
      assert.throws(() => compileSerializer(schema)(value), { code: 'BAD_RESPONSE', status: 500, message: says })
      assert.throws(
        () => compileSerializer(schema)(value),
        (error: Error) => !error.message.includes(secret),
      )
    })
  }

  const partly: { jsonSchema: JsonSchema; notes: RegExp; why: string }[] = [
    {
      jsonSchema: { patternProperties: { '^x': {} } },
      notes: /'patternProperties' at '\/part'/,
      why: 'a keyword that may declare members',
    },
    { jsonSchema: { $ref: 'https://example.org/x' }, notes: /leads nowhere/, why: 'a reference elsewhere' },
    {
      jsonSchema: { type: 'object', properties: {}, oneOf: [{ required: ['a'] }] },
      notes: /beside members/,
      why: 'members in two places',
    },
    {
      jsonSchema: { allOf: [{ type: 'object', properties: {} }, { type: 'array' }] },
      notes: /different kinds/,
      why: 'parts at odds',
    },
    {
      jsonSchema: { anyOf: [{ type: 'string' }, { $ref: '#/nowhere' }] },
      notes: /an alternative/,
      why: 'an unknown alternative',
    },
    {
      jsonSchema: {
        anyOf: [
          { type: 'object', properties: {} },
          { type: 'object', patternProperties: { a: {} } },
        ],
      },
      notes: /an alternative/,
      why: 'an alternative that may declare members',
    },
    {
      jsonSchema: { allOf: [{ type: 'object', properties: {} }, { unevaluatedProperties: true }] },
      notes: /a part/,
      why: 'a part that may declare members',
    },
    { jsonSchema: { properties: { toJSON: {} } }, notes: /called 'toJSON'/, why: 'a member that does something' },
  ]
  for (const { jsonSchema, notes, why } of partly) {
    it(`sends a part as it is that it cannot read, and tells: ${why}`, () => {
      const serialize = compileSerializer(plain({ type: 'object', properties: { part: jsonSchema } }))
      assert.equal(serialize.mode, 'projected')
      assert.match(serialize.notes.join(), notes)
      assert.equal(serialize({ part: { a: [1] }, secret }), '{"part":{"a":[1]}}')
    })
  }

  it('projects the rest of a schema of which a part has no JSON Schema', () => {
    const serialize = compileSerializer(z.object({ at: z.date(), n: z.int() }))
    assert.equal(serialize.mode, 'projected')
    assert.match(serialize.notes.join(), /Date/)
    assert.equal(serialize({ n: 1, at: new Date(0), secret }), '{"at":"1970-01-01T00:00:00.000Z","n":1}')
  })

  it('sends everything where nothing is known', () => {
    const serialize = compileSerializer(v.object({ n: v.number() }))
    assert.equal(serialize.mode, 'plain')
    assert.match(serialize.notes.join(), /valibot/)
    assert.equal(serialize({ n: 1, m: 2 }), '{"n":1,"m":2}')
  })

  it('adds up the parts of an object', () => {
    const a = { properties: { a: { type: 'string' }, both: { properties: { x: {} } } } }
    const b = { type: 'object', properties: { b: { type: 'string' }, both: { properties: { y: {} } } } }
    const serialize = compileSerializer(plain({ type: 'object', description: 'both', allOf: [a, b] }))
    assert.equal(serialize.mode, 'compiled')
    assert.equal(
      serialize({ secret, b: '1', a: '2', both: { y: 1, x: 2, secret } }),
      '{"a":"2","both":{"x":2,"y":1},"b":"1"}',
    )
  })

  it('reads alternatives that hold one another', () => {
    const link = (name: string) => ({ type: 'object', properties: { [name]: { type: 'string' }, next: { $ref: '#' } } })
    const serialize = compileSerializer(plain({ anyOf: [link('a'), link('b')] }))
    assert.equal(serialize({ secret, next: { b: 'x', secret, next: null } }), '{"next":{"next":null,"b":"x"}}')
  })
})

/** A schema that a test can generate, and read in its own way. */
type Shape =
  | { kind: 'scalar' }
  | { kind: 'any' }
  | { kind: 'nullable'; inner: Shape }
  | { kind: 'array'; inner: Shape }
  | { kind: 'object'; members: Record<string, Shape>; others: Shape | undefined }

function toZod(shape: Shape): z.ZodType {
  if (shape.kind === 'scalar') return z.union([z.string(), z.number(), z.boolean(), z.null()])
  if (shape.kind === 'any') return z.unknown()
  if (shape.kind === 'nullable') return toZod(shape.inner).nullable()
  if (shape.kind === 'array') return z.array(toZod(shape.inner))
  const members = Object.fromEntries(
    Object.entries(shape.members).map(([name, inner]) => [name, toZod(inner).optional()]),
  )
  return shape.others === undefined ? z.object(members) : z.object(members).catchall(toZod(shape.others))
}

/** What may be sent, said as plainly as possible. */
function expected(shape: Shape, value: unknown): unknown {
  if (value === null || value === undefined || shape.kind === 'any' || shape.kind === 'scalar') return value
  if (shape.kind === 'nullable') return expected(shape.inner, value)
  if (shape.kind === 'array') return (value as unknown[]).map((item) => expected(shape.inner, item))
  const given = value as Record<string, unknown>
  const declared = Object.keys(shape.members).filter((name) => Object.hasOwn(given, name))
  const { others } = shape
  const undeclared =
    others === undefined ? [] : Object.keys(given).filter((name) => !Object.hasOwn(shape.members, name))
  return Object.fromEntries([
    ...declared.map((name) => [name, expected(shape.members[name] as Shape, given[name])]),
    ...undeclared.map((name) => [name, expected(others as Shape, given[name])]),
  ])
}

const name = fc.constantFrom('a', 'b', 'c', 'id', 'name', 'toString', 'constructor', '0', 'é"')
const scalarValue = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.constant(undefined),
)
const anyValue = fc.jsonValue({ maxDepth: 2 })

const shapes = fc.letrec<{ shape: Shape }>((tie) => ({
  shape: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constant<Shape>({ kind: 'scalar' }),
    fc.constant<Shape>({ kind: 'any' }),
    tie('shape').map((inner): Shape => ({ kind: 'nullable', inner })),
    tie('shape').map((inner): Shape => ({ kind: 'array', inner })),
    fc
      .record({
        members: fc.dictionary(name, tie('shape')),
        others: fc.option(tie('shape'), { nil: undefined, freq: 2 }),
      })
      .map(({ members, others }): Shape => ({ kind: 'object', members: { ...members }, others })),
  ),
})).shape

function valuesFor(shape: Shape): fc.Arbitrary<unknown> {
  if (shape.kind === 'scalar') return scalarValue
  if (shape.kind === 'any') return anyValue
  if (shape.kind === 'nullable') return fc.option(valuesFor(shape.inner))
  if (shape.kind === 'array') return fc.array(valuesFor(shape.inner), { maxLength: 3 })
  const members = fc.record(
    Object.fromEntries(Object.entries(shape.members).map(([member, inner]) => [member, valuesFor(inner)])),
    { requiredKeys: [] },
  )
  const extra = fc.dictionary(
    fc.oneof(name, fc.string()),
    shape.others === undefined ? anyValue : valuesFor(shape.others),
  )
  return fc.tuple(members, extra, fc.boolean()).map(([known, unknown, isReversed]) => {
    const strangers = Object.entries(unknown).filter(
      ([member]) => !Object.hasOwn(shape.members, member) && member !== '__proto__' && member !== 'toJSON',
    )
    const entries = [...Object.entries(known), ...strangers]
    return Object.fromEntries(isReversed ? entries.reverse() : entries)
  })
}

describe('every serializer', () => {
  it('says what JSON.stringify says of the declared part', () => {
    const cases = shapes.chain((shape) => fc.tuple(fc.constant(shape), valuesFor(shape)))
    fc.assert(
      fc.property(cases, ([shape, value]) => {
        fc.pre(value !== undefined)
        const serialize = compileSerializer(toZod(shape))
        assert.equal(serialize.mode, 'compiled')
        assert.equal(serialize(value), JSON.stringify(expected(shape, value)))
      }),
      { numRuns: 1_000 },
    )
  })
})
