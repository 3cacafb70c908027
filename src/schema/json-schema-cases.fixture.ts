/** JSON Schemas of many keywords, those that are compiled and those that must not be, with values of JSON for them. */
import { Ajv2020 } from 'ajv/dist/2020.js'
import fc from 'fast-check'
import { fromJsonSchema, type JsonSchema } from './json-schema.ts'
import { objectsOf, texts } from './strange-values.fixture.ts'
import type { SchemaCase } from './validator.contract.ts'

interface JsonCase {
  readonly json: JsonSchema
  readonly value: fc.Arbitrary<unknown>
}

const ajv = new Ajv2020({ strict: false, logger: false, validateSchema: false })
const count = fc.integer({ min: 0, max: 3 })
const limit = fc.constantFrom(-1, 0, 1, 2.5, 10)
const numbers = fc.oneof(fc.integer({ min: -3, max: 12 }), fc.constantFrom(0.5, 1e300, 2 ** 53))
const anything = fc.oneof(texts, numbers, fc.constantFrom<unknown>(null, true, [], {}, ['x'], { a: 'x' }))

function mostly(usual: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 8 }, { arbitrary: anything, weight: 1 })
}

const strings = fc
  .record({ minLength: count, maxLength: count, pattern: fc.constantFrom('a', '^.b') }, { requiredKeys: [] })
  .map((options) => ({ json: { type: 'string', ...options }, value: mostly(texts) }))

const limits = fc
  .record({ minimum: limit, maximum: limit, exclusiveMinimum: limit, exclusiveMaximum: limit }, { requiredKeys: [] })
  .chain((options) => fc.constantFrom('number', 'integer').map((type) => ({ type, ...options })))
  .map((json) => ({ json, value: mostly(numbers) }))

const others = fc
  .constantFrom<JsonSchema>(
    {},
    { type: 'boolean' },
    { type: 'null' },
    { const: 'x' },
    { type: 'string', const: 'x' },
    { type: 'number', const: 'x' },
    { enum: ['x', 1, null] },
    { type: 'string', enum: ['x', 'y'] },
    { type: 'string', not: { const: 'a' } },
    { type: ['string', 'null'] },
    { minLength: 2 },
    { type: 'number', multipleOf: 2 },
    { enum: [{}, 'x'] },
    { type: 'string', title: 'text' },
  )
  .map((json) => ({ json, value: mostly(fc.oneof(texts, fc.constantFrom<unknown>('x', 'y', 1, 2, null, true, {}))) }))

const cases: fc.Arbitrary<JsonCase> = fc.letrec<{ any: JsonCase }>((tie) => {
  const any = tie('any')
  const arrays = fc
    .tuple(any, count, fc.constantFrom({}, {}, { uniqueItems: true }, { maxContains: 1 }))
    .map(([{ json, value }, n, more]) => ({
      json: { type: 'array', items: json, minItems: n, ...more },
      value: mostly(fc.array(value, { maxLength: 4 })),
    }))
  const name = fc.constantFrom('a', 'b', 'kind', 'toString', '1', 'é"\n')
  const options = fc.constantFrom<JsonSchema>(
    {},
    { additionalProperties: false },
    { additionalProperties: true },
    { additionalProperties: { type: 'string' } },
    { minProperties: 1 },
    { patternProperties: { '^o': { type: 'number' } } },
  )
  const objects = fc
    .tuple(fc.dictionary(name, any, { maxKeys: 4 }), options, fc.boolean())
    .map(([found, more, isRequired]) => ({
      json: {
        type: 'object',
        properties: Object.fromEntries(Object.entries(found).map(([key, { json }]) => [key, json])),
        ...(isRequired && { required: Object.keys(found) }),
        ...more,
      },
      value: mostly(objectsOf(new Map(Object.entries(found).map(([key, { value }]) => [key, value])))),
    }))
  const unions = fc
    .tuple(fc.array(any, { minLength: 1, maxLength: 3 }), fc.constantFrom('anyOf', 'anyOf', 'oneOf', 'allOf'))
    .map(([found, keyword]) => ({
      json: { [keyword]: found.map(({ json }) => json) },
      value: mostly(fc.oneof(...found.map(({ value }) => value))),
    }))
  return {
    any: fc.oneof(
      { depthSize: 'small', maxDepth: 3 },
      fc.oneof(strings, limits, others),
      arrays,
      objects,
      objects,
      unions,
    ),
  }
}).any

export const jsonSchemaCases: fc.Arbitrary<SchemaCase> = cases.map(({ json, value }) => {
  const isValid = ajv.compile(json)
  const check = (candidate: unknown) => (isValid(candidate) ? [] : [{ message: 'does not fit' }])
  return { schema: fromJsonSchema(json, check, { checksNothingElse: true }), value }
})
