import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { createTracer } from './create-tracer.ts'
import { type ExemplarPoint, exemplarOf } from './exemplar.ts'
import { deltaSnapshot } from './exporters/otlp/metric-reading.ts'
import { mergeSnapshots } from './merge-snapshots.ts'
import type { MetricsSnapshot } from './metric-snapshot.ts'
import { createNoopTracer } from './noop-tracer.ts'
import { Registry } from './registry.ts'
import { alwaysOff } from './sampler.ts'
import { recordAll } from './tail-sampler.ts'
import type { Span, TraceContext } from './tracer.ts'

function trace(digit: string, sampled = true): TraceContext {
  return { traceId: digit.repeat(32), spanId: digit.repeat(16), sampled }
}

function setup() {
  const clock = new ManualClock()
  const registry = new Registry({ clock })
  const wait = registry.histogram({ name: 'wait_seconds', help: 'Wait.', buckets: [1, 2] })
  return { clock, registry, wait }
}

function shown(snapshot: MetricsSnapshot): readonly ExemplarPoint[] {
  return snapshot.flatMap((family) =>
    family.kind === 'histogram' ? family.series.flatMap(({ point }) => point.exemplars ?? []) : [],
  )
}

describe('a bucket shows', () => {
  it('the last trace that was observed in it, with value and time', async () => {
    const { clock, registry, wait } = setup()
    wait.observe(0.5, trace('a'))
    await clock.advance(1_000)
    wait.observe(0.7, trace('b'))
    wait.observe(9, trace('c'))
    wait.observe(0.1)
    const timeMs = clock.now()
    assert.deepEqual(shown(registry.snapshot()), [
      { bucket: 0, value: 0.7, timeMs, traceId: 'b'.repeat(32), spanId: 'b'.repeat(16) },
      { bucket: 2, value: 9, timeMs, traceId: 'c'.repeat(32), spanId: 'c'.repeat(16) },
    ])
  })

  it('nothing of a trace that is not sampled: nobody would find it', () => {
    const { registry, wait } = setup()
    wait.observe(0.5, trace('a', false))
    assert.deepEqual(shown(registry.snapshot()), [])
  })

  it('in a snapshot what it was then, not what came later', () => {
    const { registry, wait } = setup()
    wait.observe(0.5, trace('a'))
    const before = registry.snapshot()
    wait.observe(0.6, trace('b'))
    assert.equal(shown(before)[0]?.value, 0.5)
  })

  it('the youngest one of several processes', async () => {
    const [a, b] = [setup(), setup()]
    await b.clock.advance(1_000)
    a.wait.observe(0.5, trace('a'))
    a.wait.observe(1.5, trace('b'))
    b.wait.observe(0.6, trace('c'))
    for (const order of [
      [a, b],
      [b, a],
    ]) {
      const merged = mergeSnapshots(order.map(({ registry }) => registry.snapshot()))
      assert.deepEqual(
        shown(merged).map(({ bucket, value }) => [bucket, value]),
        [
          [0, 0.6],
          [1, 1.5],
        ],
      )
    }
  })

  it('in a delta only what was observed since', async () => {
    const { clock, registry, wait } = setup()
    wait.observe(0.5, trace('a'))
    const before = registry.snapshot()
    await clock.advance(1_000)
    wait.observe(1.5, trace('b'))
    assert.deepEqual(
      shown(deltaSnapshot(before, registry.snapshot())).map(({ bucket }) => bucket),
      [1],
    )
    const present = registry.snapshot()
    assert.deepEqual(shown(deltaSnapshot(present, present)), [])
  })
})

describe('a span is an exemplar', () => {
  const sink = { add() {} }
  const ended = createTracer({ sink }).start('ended')
  ended.end()
  const rows: { span: Span | undefined; isOne: boolean; why: string }[] = [
    { span: createTracer({ sink }).start('a'), isOne: true, why: 'it is sampled' },
    {
      span: createTracer({ sink, sampler: recordAll(alwaysOff) }).start('a'),
      isOne: false,
      why: 'it may be dropped yet',
    },
    { span: createTracer({ sink, sampler: alwaysOff }).start('a'), isOne: false, why: 'it is dropped' },
    { span: createNoopTracer({ sampled: true }).start('a'), isOne: false, why: 'nobody records it here' },
    { span: ended, isOne: false, why: 'it is over' },
    { span: undefined, isOne: false, why: 'there is none' },
  ]
  for (const { span, isOne, why } of rows) {
    it(`${isOne ? 'if' : 'not if'} ${why}`, () => assert.equal(exemplarOf(span) !== undefined, isOne))
  }
})
