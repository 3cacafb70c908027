import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { scenarios } from '../scenarios/scenarios.ts'
import { planEntry, requestBytes } from './plan.ts'

describe('a plan', () => {
  for (const { call, bytes, why } of [
    {
      call: { method: 'GET', path: '/ping', answer: {} },
      bytes: 'GET /ping HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\n\r\n',
      why: 'a request without a body has no length',
    },
    {
      call: { method: 'POST', path: '/x', answer: {} },
      bytes: 'POST /x HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\nContent-Length: 0\r\n\r\n',
      why: 'a POST says that its body is empty',
    },
    {
      call: { method: 'POST', path: '/x', body: 'é', answer: {} },
      bytes:
        'POST /x HTTP/1.1\r\nHost: 127.0.0.1:80\r\nAccept: */*\r\nContent-Type: application/json\r\nContent-Length: 4\r\n\r\n"é"',
      why: 'a length counts bytes, not characters',
    },
  ]) {
    it(`holds requests as bytes: ${why}`, () => assert.equal(requestBytes(call, 80).toString(), bytes))
  }

  it('says the length of both before the request and its answer', () => {
    assert.equal(planEntry(Buffer.from('GET'), 200, Buffer.from('{"é":1}')).toString(), '3 200 8\nGET{"é":1}')
  })

  it('is the same mix of routes in every run', () => {
    const calls = scenarios.find(({ name }) => name === 'd')?.calls ?? []
    assert.equal(calls.length, 203)
    assert.ok(calls.every(({ path }) => path.startsWith('/gh/') && !path.includes(':')))
    assert.notDeepEqual(
      calls.map(({ path }) => path),
      calls.map(({ path }) => path).toSorted(),
    )
  })
})
