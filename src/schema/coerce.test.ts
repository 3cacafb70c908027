import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import * as v from 'valibot'
import { z } from 'zod'
import { compileCoercer } from './coerce.ts'
import { fromJsonSchema, type JsonSchema } from './json-schema.ts'
import type { Schema } from './schema.ts'
import { validate } from './validate.ts'

const record = (raw: Record<string, unknown>) => Object.assign(Object.create(null), raw)
const plain = (jsonSchema: JsonSchema) => fromJsonSchema<unknown>(jsonSchema, () => [])

describe('a coercer', () => {
  const single: { schema: z.ZodType; given: unknown; becomes: unknown; why: string }[] = [
    { schema: z.number(), given: '42', becomes: 42, why: 'a number' },
    { schema: z.number(), given: '-1.5e3', becomes: -1500, why: 'in any form that JSON has' },
    { schema: z.int(), given: '0', becomes: 0, why: 'zero' },
    { schema: z.number(), given: '007', becomes: '007', why: 'no leading zeros' },
    { schema: z.number(), given: '+1', becomes: '+1', why: 'no plus' },
    { schema: z.number(), given: ' 1', becomes: ' 1', why: 'no space' },
    { schema: z.number(), given: '', becomes: '', why: 'nothing is not zero' },
    { schema: z.number(), given: '0x10', becomes: '0x10', why: 'no other base' },
    { schema: z.number(), given: '1_000', becomes: '1_000', why: 'no separators' },
    { schema: z.number(), given: 'Infinity', becomes: 'Infinity', why: 'nothing endless' },
    { schema: z.number(), given: '1e999', becomes: '1e999', why: 'not even in disguise' },
    { schema: z.int(), given: '9007199254740993', becomes: '9007199254740993', why: 'never a neighbour of the number' },
    { schema: z.boolean(), given: 'true', becomes: true, why: 'true' },
    { schema: z.boolean(), given: 'false', becomes: false, why: 'false' },
    { schema: z.boolean(), given: '1', becomes: '1', why: 'no other spelling' },
    { schema: z.coerce.boolean(), given: 'false', becomes: false, why: 'before the library calls it truthy' },
    { schema: z.string(), given: '42', becomes: '42', why: 'a string stays' },
    { schema: z.number().optional(), given: '1', becomes: 1, why: 'optional' },
    { schema: z.number().default(3), given: '1', becomes: 1, why: 'with a default' },
    { schema: z.number().nullable(), given: '1', becomes: 1, why: 'nullable' },
    { schema: z.number().nullable(), given: 'null', becomes: 'null', why: 'null cannot be written' },
    { schema: z.union([z.number(), z.boolean()]), given: 'true', becomes: true, why: 'the alternative that fits' },
    { schema: z.union([z.number(), z.string()]), given: '7', becomes: '7', why: 'a string is always possible' },
    { schema: z.union([z.literal('all'), z.number()]), given: 'all', becomes: 'all', why: 'a word' },
    { schema: z.union([z.literal('all'), z.number()]), given: '7', becomes: 7, why: 'or a number' },
    { schema: z.literal([1, 2, true, null]), given: '2', becomes: 2, why: 'a value that is written so' },
    { schema: z.literal([1, 2, true, null]), given: 'true', becomes: true, why: 'of any type' },
    { schema: z.literal([1, 2, true, null]), given: 'null', becomes: 'null', why: 'but null' },
    { schema: z.array(z.number()), given: '1', becomes: [1], why: 'a name that was not repeated' },
    { schema: z.array(z.number()), given: ['1', 'x'], becomes: [1, 'x'], why: 'each element on its own' },
    { schema: z.array(z.string()), given: '', becomes: [''], why: 'an element may be empty' },
    { schema: z.array(z.string()).default([]), given: 'a,b', becomes: ['a,b'], why: 'commas divide nothing' },
    { schema: z.union([z.number(), z.array(z.number())]), given: '1', becomes: 1, why: 'one of one or many' },
    { schema: z.union([z.number(), z.array(z.number())]), given: ['1', '2'], becomes: [1, 2], why: 'many of them' },
    { schema: z.number(), given: ['1', '2'], becomes: ['1', '2'], why: 'a repeated name is for validation to report' },
    { schema: z.object({ a: z.number() }), given: '{"a":1}', becomes: '{"a":1}', why: 'no objects' },
    { schema: z.string().transform(Number), given: '7', becomes: '7', why: 'what the transform expects' },
    { schema: z.preprocess(Number, z.number()), given: '7', becomes: 7, why: 'the shape behind a preprocessor' },
    { schema: z.bigint(), given: '7', becomes: '7', why: 'a type that JSON Schema does not have' },
    { schema: z.json(), given: '7', becomes: '7', why: 'a schema that holds itself' },
  ]
  for (const { schema, given, becomes, why } of single) {
    it(`makes ${JSON.stringify(becomes)} of ${JSON.stringify(given)} for ${schema.type}: ${why}`, () => {
      const coerced = compileCoercer(z.object({ it: schema, beside: z.number() }))(record({ it: given, beside: '5' }))
      assert.deepEqual(coerced, record({ it: becomes, beside: 5 }))
    })
  }

  it('knows the rest of a schema although a part of it has no JSON Schema', () => {
    const schema = z.object({ since: z.coerce.date(), page: z.int() })
    const coerced = compileCoercer(schema)(record({ since: '2026-01-02', page: '2' }))
    assert.deepEqual(coerced, record({ since: '2026-01-02', page: 2 }))
    assert.deepEqual(validate(schema, coerced, 'query'), { value: { since: new Date('2026-01-02'), page: 2 } })
  })

  it('leaves unknown names alone, and coerces them where the schema says what they are', () => {
    const known = z.object({ a: z.number() })
    assert.deepEqual(compileCoercer(known)(record({ a: '1', b: '2' })), record({ a: 1, b: '2' }))
    assert.deepEqual(compileCoercer(known.catchall(z.number()))(record({ a: '1', b: '2' })), record({ a: 1, b: 2 }))
    assert.deepEqual(compileCoercer(z.record(z.string(), z.boolean()))(record({ b: 'true' })), record({ b: true }))
    const named = z.object({ a: z.string() }).catchall(z.number())
    assert.deepEqual(compileCoercer(named)(record({ a: '1' })), record({ a: '1' }))
  })

  it('takes members from every alternative and part of the whole', () => {
    const either = z.discriminatedUnion('by', [
      z.object({ by: z.literal('page'), page: z.int() }),
      z.object({ by: z.literal('mark'), mark: z.string() }),
    ])
    assert.deepEqual(compileCoercer(either)(record({ by: 'page', page: '2' })), record({ by: 'page', page: 2 }))
    const both = plain({
      allOf: [{ properties: { a: { type: 'number' } } }, { $ref: '#/$defs/B' }],
      $defs: {
        B: { properties: { b: { $ref: '#/$defs/~1n' } } },
        '/n': { type: 'integer' },
      },
    })
    assert.deepEqual(compileCoercer(both)(record({ a: '1', b: '2' })), record({ a: 1, b: 2 }))
  })

  const unread: { schema: Schema; why: string }[] = [
    { schema: v.object({ page: v.number() }), why: 'a library without JSON Schema' },
    { schema: z.string(), why: 'no record' },
    { schema: z.object({ page: z.string() }), why: 'nothing but strings' },
    { schema: plain({ properties: { page: { $ref: '#/nowhere' } } }), why: 'a reference to nothing' },
    { schema: plain({ properties: { page: { $ref: 'https://example.org/page' } } }), why: 'a reference elsewhere' },
    { schema: plain({ $ref: '#' }), why: 'a reference to itself' },
  ]
  for (const { schema, why } of unread) {
    it(`gives back the very record for ${why}`, () => {
      const raw = record({ page: '1' })
      assert.equal(compileCoercer(schema)(raw), raw)
    })
  }

  it('has no prototype to poison', () => {
    const raw = record(JSON.parse('{"n":"1","__proto__":"x"}'))
    const coerced = compileCoercer(z.object({ n: z.number(), toString: z.number().optional() }))(raw)
    assert.equal(Object.getPrototypeOf(coerced), null)
    assert.deepEqual(Object.entries(coerced), [
      ['n', 1],
      ['__proto__', 'x'],
    ])
  })

  it('turns every number that JSON can say into that number, or leaves it', () => {
    const coerce = compileCoercer(z.object({ n: z.number() }))
    fc.assert(
      fc.property(fc.double({ noDefaultInfinity: true, noNaN: true }), (number) => {
        const { n } = coerce(record({ n: JSON.stringify(number) }))
        assert.ok(n === JSON.parse(JSON.stringify(number)) || Math.abs(number) > Number.MAX_SAFE_INTEGER)
      }),
    )
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { n } = coerce(record({ n: text }))
        assert.ok(n === text || n === JSON.parse(text))
      }),
    )
  })
})
