import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { exampleOf, operationForm } from './open-api.ts'
import { targetPath } from './target-path.ts'

const document = {
  openapi: '3.1.0',
  paths: {
    '/orders/{id}': {
      parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string', format: 'uuid' } }],
      put: {
        summary: 'Changes an order',
        parameters: [
          { name: 'dry', in: 'query', schema: { type: 'boolean' } },
          { $ref: '#/components/parameters/Tenant' },
        ],
        requestBody: {
          required: true,
          content: { 'application/json': { schema: { $ref: '#/components/schemas/Change' } } },
        },
        responses: { 200: { description: 'changed' } },
      },
    },
  },
  components: {
    parameters: { Tenant: { name: 'x-tenant', in: 'header', schema: { type: 'string', default: 'a' } } },
    schemas: {
      Change: {
        type: 'object',
        required: ['sku', 'lines'],
        properties: {
          sku: { type: 'string' },
          note: { type: 'string' },
          lines: { type: 'array', items: { $ref: '#/components/schemas/Change' } },
        },
      },
    },
  },
}

describe('the form of an operation', () => {
  it('has the fields of the path, of the operation, and those that are named elsewhere', () => {
    const form = operationForm(document, 'PUT', '/orders/{id}')
    assert.equal(form?.summary, 'Changes an order')
    assert.deepEqual(
      form?.fields.map(({ name, place, isRequired, options, first }) => ({ name, place, isRequired, options, first })),
      [
        { name: 'id', place: 'path', isRequired: true, options: [], first: '' },
        { name: 'dry', place: 'query', isRequired: false, options: ['true', 'false'], first: '' },
        { name: 'x-tenant', place: 'header', isRequired: false, options: [], first: 'a' },
      ],
    )
  })

  it('begins with a body of what is required, and ends where a schema contains itself', () => {
    const form = operationForm(document, 'PUT', '/orders/{id}')
    const example: unknown = JSON.parse(form?.body?.example ?? '')
    assert.ok(typeof example === 'object' && example !== null && 'lines' in example && !('note' in example))
  })

  const rows = [
    { schema: { enum: ['gin', 'rum'] }, expected: 'gin', why: 'the first of those allowed' },
    { schema: { type: 'integer', minimum: 3 }, expected: 3, why: 'the least number' },
    {
      schema: { type: ['string', 'null'], format: 'email' },
      expected: 'ada@example.com',
      why: 'the type that is not null',
    },
    { schema: { anyOf: [{ type: 'boolean' }, { type: 'string' }] }, expected: true, why: 'the first alternative' },
    { schema: {}, expected: null, why: 'nothing is said' },
  ]
  for (const { schema, expected, why } of rows) {
    it(`takes as an example ${JSON.stringify(expected)}: ${why}`, () =>
      assert.deepEqual(exampleOf({}, schema), expected))
  }

  const strange = [{}, { paths: null }, { paths: { '/a': 1 } }, { paths: { '/a': { get: 'x' } } }]
  for (const given of strange) {
    it(`is none for ${JSON.stringify(given)}`, () => assert.equal(operationForm(given, 'GET', '/a'), undefined))
  }
})

describe('the target of a request', () => {
  const fields = operationForm(document, 'PUT', '/orders/{id}')?.fields ?? []
  it('has the values in their places, encoded', () => {
    assert.equal(
      targetPath('/orders/{id}', fields, { 'path:id': 'a/b', 'query:dry': 'true' }),
      '/orders/a%2Fb?dry=true',
    )
  })
  it('shows what is missing', () => assert.equal(targetPath('/orders/{id}', fields, {}), '/orders/{id}'))
})
