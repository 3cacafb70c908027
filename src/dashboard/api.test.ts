import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { validate } from '../schema/validate.ts'
import { dashboardApi } from './api.ts'

describe('requests to the dashboard', () => {
  const { searchTraces, tryRequest, readTrace, injectFault } = dashboardApi
  const rows = [
    { schema: searchTraces.spec.query, value: {}, broken: undefined, why: 'everything is optional' },
    { schema: searchTraces.spec.query, value: { limit: 501 }, broken: '/limit', why: 'a page has its bound' },
    { schema: searchTraces.spec.query, value: { limit: '5' }, broken: '/limit', why: 'text is no number' },
    {
      schema: searchTraces.spec.query,
      value: { status: 'bad' },
      broken: '/status',
      why: 'only the words that are known',
    },
    {
      schema: searchTraces.spec.query,
      value: { attributes: ['a=b'] },
      broken: '/attributes',
      why: 'a typing error shows',
    },
    { schema: searchTraces.spec.query, value: { attribute: ['a=b', 7] }, broken: '/attribute/1', why: 'inside a list' },
    {
      schema: readTrace.spec.params,
      value: { traceId: 'A'.repeat(32) },
      broken: '/traceId',
      why: 'W3C ids are lower case',
    },
    { schema: readTrace.spec.params, value: {}, broken: '/traceId', why: 'what is missing is named' },
    { schema: tryRequest.spec.body, value: { method: 'GET', path: '/a' }, broken: undefined, why: 'the least' },
    {
      schema: tryRequest.spec.body,
      value: { method: 'GET', path: 'http://evil.example/' },
      broken: '/path',
      why: 'no host',
    },
    {
      schema: tryRequest.spec.body,
      value: { method: 'GET', path: '/a', headers: { a: 1 } },
      broken: '/headers/a',
      why: 'headers are texts',
    },
    {
      schema: injectFault.spec.body,
      value: { anything: { is: 'fine' } },
      broken: undefined,
      why: 'the service judges',
    },
    { schema: injectFault.spec.body, value: [], broken: '', why: 'a list is no object' },
  ]
  for (const { schema, value, broken, why } of rows) {
    it(`${broken === undefined ? 'pass' : `break ${broken}`} with ${JSON.stringify(value)}: ${why}`, async () => {
      const { errors } = await validate(schema, value, 'body')
      assert.deepEqual(
        errors?.map(({ path }) => path),
        broken === undefined ? undefined : [broken],
      )
    })
  }

  it('stand each below /api/', () => {
    assert.deepEqual(
      Object.values(dashboardApi).filter(({ path }) => !path.startsWith('/api/')),
      [],
    )
  })
})
