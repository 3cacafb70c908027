import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { readFault } from '../../../../src/resilience/fault/read-fault.ts'
import { faultRequest, firstValues } from './fault-request.ts'
import { faultWords } from './fault-words.ts'

describe('a fault as the form asks for it', () => {
  const rows = [
    { values: firstValues, effect: 'Latency 300 ms', target: 'all requests', why: 'the form as it opens' },
    {
      values: { ...firstValues, effect: 'error' as const, status: '429', method: 'POST', route: '/orders' },
      effect: 'Error 429',
      target: 'requests POST /orders',
      why: 'one route',
    },
    {
      values: { ...firstValues, effect: 'abort' as const, side: 'calls' as const, upstream: 'inventory' },
      effect: 'Abort',
      target: 'calls to inventory',
      why: 'what it calls',
    },
    {
      values: { ...firstValues, header: 'X-User: ada', share: '12.5', reason: 'a test' },
      effect: 'Latency 300 ms',
      target: 'requests x-user: ada',
      why: 'one client',
    },
  ]
  for (const { values, effect, target, why } of rows) {
    it(`is taken by a service, and is “${effect}, ${target}” in words: ${why}`, () => {
      const fault = readFault(faultRequest(values))
      const words = faultWords({ ...fault })
      assert.deepEqual(
        { effect: words.effect, target: words.target, share: words.share },
        { effect, target, share: Number(values.share) / 100 },
      )
    })
  }

  it('has words even for what no service of ours would say', () => {
    assert.deepEqual(faultWords({ id: 'x' }), {
      effect: 'Unknown',
      target: 'all requests',
      share: 1,
      endsAtMs: null,
      reason: '',
      by: '',
    })
  })
})
