import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { z } from 'zod'
import { ByteWriter } from '../foundation/bytes/byte-writer.ts'
import { compileEncoder, type Encoder } from './encoder.ts'
import { fromJsonSchema, type JsonSchema } from './json-schema.ts'
import type { Schema } from './schema.ts'
import { compileSerializer } from './serializer.ts'

const plain = (jsonSchema: JsonSchema) => fromJsonSchema<unknown>(jsonSchema, () => [])
const secret = 'secret'

/** What an encoder writes behind something else, into room that is too small. */
function encoded(encode: Encoder, value: unknown): string {
  const out = new ByteWriter(8)
  out.text('before ')
  encode(value, out)
  const text = out.written().toString('utf8')
  assert.ok(text.startsWith('before '), 'what was there before stays')
  return text.slice('before '.length)
}

/** Text, or the error's code and message. */
function outcomeOf(write: () => string): string {
  try {
    return `wrote ${write()}`
  } catch (error) {
    return `threw ${String(error)}`
  }
}

function assertSame(schema: Schema, value: () => unknown): void {
  const encode = compileEncoder(schema)
  const serialize = compileSerializer(schema)
  assert.deepEqual([encode.mode, encode.notes], [serialize.mode, serialize.notes])
  assert.equal(
    outcomeOf(() => encoded(encode, value())),
    outcomeOf(() => serialize(value())),
  )
}

describe('an encoder', () => {
  const Line = z.object({ sku: z.string(), count: z.int(), price: z.number(), gift: z.boolean().optional() })
  const Tree = z.object({
    name: z.string(),
    get children() {
      return z.array(Tree).optional()
    },
  })
  const Event = z.discriminatedUnion('kind', [
    z.object({ kind: z.literal('paid'), lines: z.array(Line) }),
    z.object({ kind: z.literal([1, 'sent']), carrier: z.string() }),
  ])

  const rows: { schema: Schema; value: () => unknown; why: string }[] = [
    { schema: Line, value: () => ({ sku: 'a', count: 1, price: 0.5, gift: true }), why: 'what is declared' },
    { schema: Line, value: () => ({ secret, gift: false, price: 1e21, count: -0, sku: '' }), why: 'and nothing else' },
    { schema: Line, value: () => ({ gift: undefined }), why: 'members that are undefined' },
    { schema: Line, value: () => ({}), why: 'no member' },
    { schema: z.object({}), value: () => ({ secret }), why: 'none declared' },
    { schema: Line, value: () => null, why: 'null' },
    { schema: Line, value: () => 'text', why: 'a plain value where an object was declared' },
    { schema: Line, value: () => undefined, why: 'undefined' },
    { schema: Line, value: () => () => 1, why: 'a function' },
    { schema: Line, value: () => [secret], why: 'an array for an object' },
    { schema: Line, value: () => ({ sku: { secret } }), why: 'an object for text' },
    { schema: Line, value: () => ({ sku: Symbol('s'), count: () => 1 }), why: 'what JSON leaves out' },
    { schema: Line, value: () => ({ count: 1n }), why: 'what JSON refuses' },
    { schema: Line, value: () => ({ sku: new Date(0), count: new Date(Number.NaN) }), why: 'dates' },
    { schema: Line, value: () => ({ sku: { toJSON: () => 'a' } }), why: 'toJSON of a plain value' },
    { schema: Line, value: () => ({ sku: { toJSON: () => ({ secret }) } }), why: 'toJSON that smuggles' },
    { schema: Line, value: () => ({ sku: { toJSON: () => undefined } }), why: 'toJSON of nothing' },
    { schema: Line, value: () => ({ toJSON: () => ({ sku: 'a', secret }) }), why: 'toJSON of the whole' },
    {
      schema: Line,
      value: () => Object.defineProperty({ sku: 'a' }, 'toJSON', { value: () => ({ secret }) }),
      why: 'toJSON that no loop over names sees',
    },
    {
      schema: z.array(Line),
      value: () => Object.assign([], { toJSON: () => [{ secret }] }),
      why: 'toJSON of an array',
    },
    {
      schema: Line,
      value: () =>
        new (class {
          secret = secret
          sku = 'a'
          get count() {
            return 1
          }
        })(),
      why: 'an instance of a class',
    },
    {
      schema: Line,
      value: () => ({
        secret,
        get sku() {
          return 'read'
        },
      }),
      why: 'an accessor',
    },
    { schema: Line, value: () => Object.assign(Object.create(null), { sku: 'a', secret }), why: 'no prototype' },
    { schema: Line, value: () => Object.create({ sku: secret }), why: 'inherited members' },
    { schema: z.object({ toString: z.string().optional() }), value: () => ({}), why: 'members of every object' },
    { schema: z.object({ toString: z.string() }), value: () => ({ toString: 'own' }), why: 'or its own' },
    {
      schema: z.object({ b: z.int(), 1: z.int(), 0: z.int() }),
      value: () => ({ b: 1, 0: 2, 1: 3 }),
      why: 'numbers first',
    },
    {
      schema: z.looseObject({ b: z.int() }),
      value: () => ({ 7: 'x', b: 1, a: [1], u: undefined }),
      why: 'others, numbers first',
    },
    { schema: z.record(z.string(), Line), value: () => ({ 7: { secret }, 'é"\ud800': { sku: 'a' } }), why: 'a record' },
    {
      schema: z.record(z.string(), z.any()),
      value: () => JSON.parse('{"__proto__":{"x":1},"a":1,"toJSON":2}'),
      why: 'names that do something',
    },
    { schema: z.array(z.int()), value: () => Object.assign(new Array(4), { 0: 1, 2: () => 1 }), why: 'a sparse array' },
    { schema: z.array(z.int()), value: () => new Array(20_000), why: 'a long one' },
    { schema: z.array(z.int()), value: () => ({ secret }), why: 'an object for an array' },
    { schema: z.tuple([z.string(), Line]), value: () => ['a', { secret, sku: 'b' }, secret], why: 'a tuple' },
    { schema: z.tuple([z.string(), Line]), value: () => new Array(2), why: 'a tuple of nothing' },
    { schema: z.tuple([z.string()], Line), value: () => ['a', { secret }, undefined], why: 'a tuple that goes on' },
    {
      schema: plain({ type: 'array', prefixItems: [], items: { type: 'string' } }),
      value: () => ['a', undefined],
      why: 'one that only goes on',
    },
    { schema: Event, value: () => ({ kind: 'paid', lines: [{ sku: 'a' }], secret }), why: 'an alternative' },
    { schema: Event, value: () => ({ kind: 1, carrier: 'x', lines: secret }), why: 'another' },
    { schema: Event, value: () => ({ kind: 'lost', secret }), why: 'one that does not exist' },
    { schema: Event, value: () => ({ secret }), why: 'none' },
    { schema: z.union([z.array(Line), Line, z.string()]), value: () => [{ secret, sku: 'a' }], why: 'an array' },
    { schema: z.union([z.array(Line), Line, z.string()]), value: () => ({ secret, sku: 'a' }), why: 'or an object' },
    {
      schema: z.union([z.array(Line), Line]),
      value: () => ({ toJSON: () => [{ secret, sku: 'a' }] }),
      why: 'an object that says it is an array',
    },
    { schema: Tree, value: () => ({ name: 'a', children: [{ name: 'b', secret, children: [] }] }), why: 'itself' },
    {
      schema: Tree,
      value: () => {
        const ring = { name: 'a', children: [] as unknown[] }
        ring.children.push(ring)
        return ring
      },
      why: 'a ring',
    },
    {
      schema: z.object({ a: z.any() }),
      value: () => ({ a: { deep: [{ at: new Date(0), toJSON: (key: string) => `as ${key}` }] } }),
      why: 'anything',
    },
    {
      schema: z.object({ a: z.any() }),
      value: () => ({ a: { toJSON: (key: string) => `as ${key}` } }),
      why: 'by its name',
    },
    { schema: z.object({ a: z.any() }), value: () => ({ a: Symbol('s') }), why: 'nothing' },
    { schema: z.any(), value: () => undefined, why: 'nothing at all' },
    { schema: z.object({ at: z.date(), n: z.int() }), value: () => ({ n: 1, at: new Date(0), secret }), why: 'a date' },
    { schema: v.object({ n: v.number() }), value: () => ({ n: 1, m: 2 }), why: 'a library that says nothing' },
    {
      schema: z.object({ ['a"\ud800é'.repeat(40)]: z.int() }),
      value: () => ({ ['a"\ud800é'.repeat(40)]: 1 }),
      why: 'a long name',
    },
    {
      schema: Line,
      value: () => ({
        get sku() {
          throw new Error('gone')
        },
      }),
      why: 'an accessor that throws',
    },
  ]
  for (const { schema, value, why } of rows) {
    it(`writes what the serializer says: ${why}`, () => assertSame(schema, value))
  }

  it('writes numbers and texts of every length as JSON does', () => {
    const Both = z.object({ n: z.number(), s: z.string() })
    const encode = compileEncoder(Both)
    const around = (text: string, count: number) => 'x'.repeat(count) + text + 'y'.repeat(count)
    const strange = ['', '"', '\\', '\n', '\u0000', '\u007f', '\u0080', 'é', '\u2028', '😀', '\ud800', '\udc00']
    for (const text of strange) {
      for (const count of [0, 1, 9, 10, 11, 40, 99, 100, 101, 5_000]) {
        const value = { n: count, s: around(text, count) }
        assert.equal(encoded(encode, value), JSON.stringify(value))
      }
    }
    const numbers = [0, -0, 9, 10, 99, 100, 2 ** 31 - 1, 2 ** 31, -1, -(2 ** 31), 2 ** 53, 1e21, 1e-7, 5e-324, 1.5, 0.1]
    const hard = [0.3, 19.99, 0.1 + 0.2, 9_999_999.99, 10_000_000.01, 1.005, 123.456, 0.01, 1 / 3, -0.25, 1e300]
    for (const n of [...numbers, ...hard, Number.NaN, Number.POSITIVE_INFINITY, -1 / 0]) {
      assert.equal(encoded(encode, { n, s: '' }), JSON.stringify({ n, s: '' }))
    }
  })

  it('leaves nothing behind when it refuses', () => {
    const out = new ByteWriter()
    out.text('before')
    const encode = compileEncoder(z.object({ a: z.string(), b: z.string() }))
    assert.throws(() => encode({ a: 'written', b: { secret } }, out), { code: 'BAD_RESPONSE' })
    assert.equal(out.written().toString(), 'before')
  })

  it('never asks for what was not declared', () => {
    const value = {
      a: 1,
      get secret(): string {
        throw new Error('it was read')
      },
    }
    assert.equal(encoded(compileEncoder(z.object({ a: z.int() })), value), '{"a":1}')
  })
})

/** JSON Schemas of every kind that is written by code, and of some that are not understood. */
const name = fc.constantFrom('a', 'b', 'kind', 'id', 'toString', 'constructor', '0', '10', 'é"', 'long'.repeat(20))
const scalars = fc.constantFrom<JsonSchema>(
  { type: 'string' },
  { type: 'integer' },
  { type: 'number' },
  { type: 'boolean' },
  { type: ['string', 'null'] },
  { enum: ['x', 1, null] },
  { const: 'x' },
)
const schemas = fc.letrec<{ schema: JsonSchema }>((tie) => {
  const members = fc.dictionary(name, tie('schema'), { maxKeys: 4 })
  const object = fc.record(
    {
      type: fc.constant('object'),
      properties: members,
      additionalProperties: fc.oneof(fc.boolean(), tie('schema')),
    },
    { requiredKeys: ['type', 'properties'] },
  )
  const tagged = fc.array(members, { minLength: 2, maxLength: 3 }).map((all) => ({
    oneOf: all.map((properties, index) => ({
      type: 'object',
      properties: { ...properties, kind: { const: `k${index}` } },
      required: ['kind'],
    })),
  }))
  return {
    schema: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      scalars,
      fc.constantFrom<JsonSchema>({}, { type: 'object' }, { $ref: '#' }, { patternProperties: {} }),
      tie('schema').map((items) => ({ type: 'array', items })),
      fc.array(tie('schema'), { maxLength: 2 }).map((prefixItems) => ({ type: 'array', prefixItems, items: false })),
      fc.tuple(tie('schema'), tie('schema')).map(([first, items]) => ({ type: 'array', prefixItems: [first], items })),
      object,
      tagged,
      fc.array(tie('schema'), { minLength: 1, maxLength: 3 }).map((anyOf) => ({ anyOf })),
      fc.array(object, { minLength: 1, maxLength: 2 }).map((allOf) => ({ allOf })),
    ),
  }
}).schema

const text = fc.oneof(fc.string({ unit: 'binary' }), fc.string({ maxLength: 300 }), fc.constantFrom('x', 'k0', 'k1'))
const number = fc.oneof(
  fc.double(),
  fc.integer(),
  fc.integer({ min: -1_000_000, max: 1_000_000 }).map((cents) => cents / 100),
)
const strange = fc.constantFrom<() => unknown>(
  () => undefined,
  () => Number.NaN,
  () => -0,
  () => 1n,
  () => Symbol('s'),
  () => () => 1,
  () => new Date(0),
  () => new Date(Number.NaN),
  () => new Map([['a', 1]]),
  () => ({ toJSON: () => ({ a: 1, secret }) }),
  () => ({ toJSON: (key: string) => key }),
  () =>
    new (class {
      a = 1
      secret = secret
    })(),
  () => Object.assign([1, 2], { toJSON: () => [{ secret }] }),
  () => Object.assign(new Array(3), { 1: 1 }),
  () => Object.create({ a: secret }),
  () => Object.assign(Object.create(null), { a: 1, id: 2 }),
)

/** Makes a value that looks as the schema asks, most of the time. */
function valuesFor(schema: JsonSchema, root: JsonSchema, depth: number): fc.Arbitrary<() => unknown> {
  const hostile = { arbitrary: strange, weight: 1 }
  const usual = { arbitrary: usualFor(schema, root, depth), weight: 12 }
  return fc.oneof(usual, hostile)
}

function usualFor(schema: JsonSchema, root: JsonSchema, depth: number): fc.Arbitrary<() => unknown> {
  const scalar = fc.oneof(text, number, fc.boolean(), fc.constant(null)).map((value) => () => value)
  if (depth > 5) return scalar
  if (schema.$ref !== undefined) return valuesFor(root, root, depth + 1)
  const alternatives = (schema.anyOf ?? schema.oneOf ?? schema.allOf) as JsonSchema[] | undefined
  if (alternatives !== undefined) {
    return fc.oneof(...alternatives.map((alternative) => valuesFor(alternative, root, depth + 1)))
  }
  if (schema.type === 'array') {
    const { prefixItems = [], items } = schema as { prefixItems?: JsonSchema[]; items?: JsonSchema | false }
    const first = prefixItems.map((item) => valuesFor(item, root, depth + 1))
    const rest = valuesFor(items === false || items === undefined ? {} : items, root, depth + 1)
    return fc.tuple(fc.tuple(...first), fc.array(rest, { maxLength: 3 })).map(
      ([some, more]) =>
        () =>
          [...some, ...more].map((make) => make()),
    )
  }
  if (schema.properties !== undefined) return objectsFor(schema, root, depth)
  if (Object.keys(schema).length === 0 || schema.type === 'object') {
    return fc.jsonValue({ maxDepth: 2 }).map((value) => () => structuredClone(value))
  }
  if (schema.const !== undefined) return fc.constant(() => schema.const)
  return scalar
}

function objectsFor(schema: JsonSchema, root: JsonSchema, depth: number): fc.Arbitrary<() => unknown> {
  const declared = Object.entries(schema.properties as Record<string, JsonSchema>)
  const known = fc.record(
    Object.fromEntries(declared.map(([member, inner]) => [member, valuesFor(inner, root, depth + 1)])),
    { requiredKeys: [] },
  )
  const { additionalProperties: others } = schema
  const inner = typeof others === 'object' && others !== null ? (others as JsonSchema) : {}
  const more = fc.dictionary(fc.oneof(name, text), valuesFor(inner, root, depth + 1), { maxKeys: 3 })
  return fc.tuple(known, more, fc.boolean()).map(([first, second, isReversed]) => () => {
    const entries = Object.entries({ ...second, ...first }).filter(([member]) => member !== 'toJSON')
    if (isReversed) entries.reverse()
    return Object.fromEntries(entries.map(([member, make]) => [member, (make as () => unknown)()]))
  })
}

describe('every encoder', () => {
  it('writes the bytes of what the serializer says, and refuses what it refuses', () => {
    const cases = schemas.chain((schema) => fc.tuple(fc.constant(schema), valuesFor(schema, schema, 0)))
    fc.assert(
      fc.property(cases, ([schema, value]) => assertSame(plain(schema), value)),
      { numRuns: 2_000 },
    )
  })
})
