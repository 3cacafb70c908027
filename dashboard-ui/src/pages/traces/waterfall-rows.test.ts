import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { SpanView } from '../../../../src/dashboard/contract/traces.ts'
import { criticalShares } from './critical-shares.ts'
import { timeTicks } from './time-ticks.ts'
import { waterfallRows } from './waterfall-rows.ts'

describe('rows of a waterfall', () => {
  const tree = [span('a', 0), span('b', 1), span('c', 2), span('d', 1), span('e', 0)]

  it('are all spans in their order, with the count of those below', () => {
    const rows = waterfallRows(tree, new Set())
    assert.deepEqual(
      rows.map(({ span: { spanId }, below }) => `${spanId}${below}`),
      ['a3', 'b1', 'c0', 'd0', 'e0'],
    )
  })

  it('leave out what is below a closed one', () => {
    const rows = waterfallRows(tree, new Set(['b', 'c']))
    assert.deepEqual(
      rows.map(({ span: { spanId } }) => spanId),
      ['a', 'b', 'd', 'e'],
    )
    assert.deepEqual(
      rows.map(({ isClosed }) => isClosed),
      [false, true, false, false],
    )
  })
})

describe('the critical path', () => {
  it('is divided between services by the time that each used, the largest share first', () => {
    const shares = criticalShares({
      tree: [span('a', 0, 'gateway'), span('b', 1, 'orders')],
      criticalPath: [
        { spanId: 'a', startMs: 0, durationMs: 10 },
        { spanId: 'b', startMs: 10, durationMs: 30 },
      ],
    })
    assert.deepEqual(shares, [
      { service: 'orders', ms: 30, share: 0.75 },
      { service: 'gateway', ms: 10, share: 0.25 },
    ])
  })
})

describe('ticks of a waterfall', () => {
  const rows = [
    { durationMs: 42.3, expected: [0, 10, 20, 30, 40], why: 'round steps' },
    { durationMs: 0.9, expected: [0, 0.2, 0.4, 0.6, 0.8], why: 'without the errors of floating point' },
    { durationMs: 0, expected: [0], why: 'a trace that took no time' },
  ]
  for (const { durationMs, expected, why } of rows) it(why, () => assert.deepEqual(timeTicks(durationMs), expected))
})

function span(spanId: string, depth: number, service = 'gateway'): SpanView {
  return {
    spanId,
    parentSpanId: null,
    service,
    instance: null,
    name: spanId,
    kind: 'internal',
    startMs: 0,
    durationMs: 1,
    selfMs: 1,
    depth,
    status: 'unset',
    statusMessage: '',
    attributes: {},
    events: [],
    links: [],
    resource: {},
    scope: 'genever',
    dropped: 0,
    isCritical: false,
  }
}
