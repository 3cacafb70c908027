import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import * as v from 'valibot'
import { z } from 'zod'
import { fromJsonSchema, jsonSchemaOf } from './json-schema.ts'
import { validate } from './validate.ts'

describe('jsonSchemaOf', () => {
  it('gives each side of a schema, without its dialect', () => {
    const schema = z.object({ n: z.number().default(1) })
    assert.deepEqual(jsonSchemaOf(schema, 'input'), {
      schema: { type: 'object', properties: { n: { type: 'number', default: 1 } } },
    })
    assert.deepEqual(jsonSchemaOf(schema, 'output'), {
      schema: {
        type: 'object',
        properties: { n: { type: 'number', default: 1 } },
        required: ['n'],
        additionalProperties: false,
      },
    })
  })

  it('leaves a part open that cannot be said, and notes it', () => {
    const { schema, note } = jsonSchemaOf(z.object({ at: z.date(), n: z.number() }), 'input')
    assert.deepEqual(schema?.properties, { at: {}, n: { type: 'number' } })
    assert.match(String(note), /Date/)
  })

  it('says why there is none', () => {
    assert.match(String(jsonSchemaOf(v.string(), 'input').reason), /valibot gives no JSON Schema/)
    const broken = fromJsonSchema({}, () => [])
    Object.assign(broken['~standard'], {
      jsonSchema: {
        input: () => {
          throw new Error('not today')
        },
      },
    })
    assert.deepEqual(jsonSchemaOf(broken, 'input'), { reason: 'not today' })
  })

  it('answers the second time from memory', () => {
    const schema = z.string()
    assert.equal(jsonSchemaOf(schema, 'input'), jsonSchemaOf(schema, 'input'))
  })
})

describe('fromJsonSchema', () => {
  const Even = fromJsonSchema<number>({ type: 'integer', multipleOf: 2 }, (value) =>
    typeof value === 'number' && value % 2 === 0 ? [] : [{ message: 'must be even', path: ['n'] }],
  )

  it('is a schema like any other', () => {
    assert.deepEqual(validate(Even, 4, 'body'), { value: 4 })
    assert.deepEqual(validate(Even, 3, 'body'), {
      errors: [{ in: 'body', path: '/n', rule: 'invalid', message: 'must be even' }],
    })
    assert.deepEqual(jsonSchemaOf(Even, 'output'), { schema: { type: 'integer', multipleOf: 2 } })
  })
})
