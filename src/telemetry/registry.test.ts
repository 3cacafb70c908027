import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { prometheusText } from './exporters/prometheus.ts'
import { exponentialBuckets, linearBuckets } from './instruments/histogram.ts'
import { Registry } from './registry.ts'

const help = 'What it measures.'

/** The sample lines, without comments. */
function samples(registry: Registry): string[] {
  return prometheusText(registry.snapshot())
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

function codeOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return error instanceof ServiceError ? error.code : String(error)
  }
  return 'nothing was thrown'
}

describe('instruments', () => {
  it('a counter adds up, per series', () => {
    const registry = new Registry()
    const counter = registry.counter({ name: 'orders_total', help, labels: ['kind'] })
    const gift = counter.labels({ kind: 'gift' })
    gift.add()
    gift.add(2.5)
    counter.labels({ kind: 'own' }).add()
    assert.deepEqual(samples(registry), ['orders_total{kind="gift"} 3.5', 'orders_total{kind="own"} 1'])
  })

  it('a counter without labels is there from the start', () => {
    const registry = new Registry()
    registry.counter({ name: 'orders_total', help })
    assert.deepEqual(samples(registry), ['orders_total 0'])
  })

  it('a gauge goes up and down and can be forgotten', () => {
    const registry = new Registry()
    const gauge = registry.gauge({ name: 'open_connections', help, labels: ['upstream', 'zone'] })
    gauge.labels({ upstream: 'users', zone: 'a' }).set(7)
    gauge.labels({ upstream: 'users', zone: 'a' }).add(-2)
    gauge.labels({ upstream: 'users', zone: 'b' }).set(1)
    gauge.remove({ upstream: 'users', zone: 'b' })
    gauge.remove({ upstream: 'nobody', zone: 'b' })
    assert.deepEqual(samples(registry), ['open_connections{upstream="users",zone="a"} 5'])
    gauge.labels({ upstream: 'users', zone: 'b' }).set(2)
    assert.equal(samples(registry).length, 2)
  })

  it('counters and gauges are brought up to date before they are read', () => {
    const registry = new Registry()
    let size = 3
    registry.gauge({ name: 'queue_size', help, collect: (gauge) => gauge.set(size) })
    registry.counter({ name: 'reads_total', help, collect: (counter) => counter.add(10) })
    samples(registry)
    size = 4
    assert.deepEqual(samples(registry), ['queue_size 4', 'reads_total 20'])
  })

  it('a histogram counts each observation in the first bucket that holds it, and in all above', () => {
    const registry = new Registry()
    const histogram = registry.histogram({ name: 'wait_seconds', help, buckets: [0.1, 1] })
    for (const value of [0.05, 0.1, 0.5, 1, 7, -1]) histogram.observe(value)
    assert.deepEqual(samples(registry), [
      'wait_seconds_bucket{le="0.1"} 3',
      'wait_seconds_bucket{le="1"} 5',
      'wait_seconds_bucket{le="+Inf"} 6',
      `wait_seconds_sum ${0.05 + 0.1 + 0.5 + 1 + 7 - 1}`,
      'wait_seconds_count 6',
    ])
  })

  it('a summary looks back one window for its quantiles and to the start for sum and count', async () => {
    const clock = new ManualClock()
    const registry = new Registry({ clock })
    const summary = registry.summary({ name: 'wait_seconds', help, quantiles: [1], windowMs: 50_000 })
    summary.observe(100)
    await clock.advance(30_000)
    summary.observe(1)
    const greatest = (): number => Number(samples(registry)[0]?.split(' ')[1])
    assert.ok(Math.abs(greatest() - 100) <= 1)
    await clock.advance(25_000)
    assert.ok(Math.abs(greatest() - 1) <= 0.01, 'the first observation is out of the window')
    await clock.advance(1_000_000)
    assert.deepEqual(samples(registry), [
      'wait_seconds{quantile="1"} NaN',
      'wait_seconds_sum 101',
      'wait_seconds_count 2',
    ])
  })
})

describe('what cannot be recorded is counted, not thrown', () => {
  it('amounts and observations that make no sense', () => {
    const registry = new Registry()
    const counter = registry.counter({ name: 'orders_total', help })
    const histogram = registry.histogram({ name: 'wait_seconds', help, buckets: [1] })
    const summary = registry.summary({ name: 'size_bytes', help, quantiles: [] })
    for (const amount of [-1, Number.NaN, Number.POSITIVE_INFINITY]) counter.add(amount)
    histogram.observe(Number.NaN)
    summary.observe(Number.NEGATIVE_INFINITY)
    const lines = samples(registry)
    assert.ok(lines.includes('metric_drops_total{metric="orders_total",reason="invalid_value"} 3'))
    assert.ok(lines.includes('metric_drops_total{metric="wait_seconds",reason="invalid_value"} 1'))
    assert.ok(lines.includes('metric_drops_total{metric="size_bytes",reason="invalid_value"} 1'))
    assert.ok(lines.includes('orders_total 0'))
  })

  it('a collect callback that throws; the rest is read all the same', () => {
    const registry = new Registry()
    registry.gauge({
      name: 'broken',
      help,
      collect() {
        throw new Error('no')
      },
    })
    registry.gauge({ name: 'whole', help, collect: (gauge) => gauge.set(1) })
    assert.deepEqual(samples(registry), [
      'broken 0',
      'metric_drops_total{metric="broken",reason="collect_failed"} 1',
      'whole 1',
    ])
  })

  it('series beyond the limit share one, and the memory does not grow', () => {
    const registry = new Registry({ maxSeries: 2 })
    const counter = registry.counter({ name: 'hits_total', help, labels: ['path', 'method'] })
    for (let i = 0; i < 1_000; i++) counter.labels({ path: `/${i}`, method: 'GET' }).add()
    counter.labels({ path: '/1', method: 'GET' }).add()
    assert.deepEqual(samples(registry), [
      'hits_total{path="/0",method="GET"} 1',
      'hits_total{path="/1",method="GET"} 2',
      'hits_total{path="other",method="other"} 998',
      'metric_drops_total{metric="hits_total",reason="series_limit"} 998',
    ])
  })

  it('drops of very many metrics', () => {
    const registry = new Registry({ maxSeries: 1 })
    for (let i = 0; i < 50; i++) {
      const gauge = registry.gauge({ name: `gauge${i}`, help, labels: ['a'] })
      gauge.labels({ a: '1' })
      gauge.labels({ a: '2' })
    }
    assert.equal(samples(registry).filter((line) => line.startsWith('metric_drops_total')).length, 50)
  })
})

describe('label values', () => {
  it('give the same series for the same values, whatever the order they are written in', () => {
    const counter = new Registry().counter({ name: 'a_total', help, labels: ['x', 'y'] })
    assert.equal(counter.labels({ x: '1', y: '2' }), counter.labels({ y: '2', x: '1' }))
    assert.notEqual(counter.labels({ x: '1', y: '2' }), counter.labels({ x: '2', y: '1' }))
    assert.notEqual(counter.labels({ x: '1,2', y: '3' }), counter.labels({ x: '1', y: '2,3' }))
  })

  it('are cut at 256 characters and made well-formed', () => {
    const registry = new Registry()
    const counter = registry.counter({ name: 'a_total', help, labels: ['x'] })
    counter.labels({ x: `${'x'.repeat(256)}1` }).add()
    counter.labels({ x: `${'x'.repeat(256)}2` }).add()
    counter.labels({ x: 'lone \ud800' }).add()
    assert.deepEqual(samples(registry), [`a_total{x="${'x'.repeat(256)}"} 2`, 'a_total{x="lone \ufffd"} 1'])
  })

  it('must all be there', () => {
    const counter = new Registry().counter({ name: 'a_total', help, labels: ['x'] })
    assert.equal(
      codeOf(() => counter.labels({} as { x: string })),
      'INVALID_METRIC',
    )
    assert.equal(
      codeOf(() => counter.add()),
      'INVALID_METRIC',
    )
  })
})

describe('a declaration is refused', () => {
  const registry = new Registry()
  const cases: { why: string; declare: () => unknown }[] = [
    { why: 'no snake_case', declare: () => registry.gauge({ name: 'queueSize', help }) },
    { why: 'a leading digit', declare: () => registry.gauge({ name: '5xx', help }) },
    { why: 'an empty name', declare: () => registry.gauge({ name: '', help }) },
    { why: 'a newline in the name', declare: () => registry.gauge({ name: 'a\nb 1', help }) },
    { why: 'a counter without _total', declare: () => registry.counter({ name: 'orders', help }) },
    { why: 'a gauge with _total', declare: () => registry.gauge({ name: 'orders_total', help }) },
    { why: 'a name that histograms derive', declare: () => registry.gauge({ name: 'queue_count', help }) },
    { why: 'no help', declare: () => registry.gauge({ name: 'a', help: ' ' }) },
    { why: 'a label with a dash', declare: () => registry.gauge({ name: 'a', help, labels: ['x-y'] }) },
    { why: 'a reserved label', declare: () => registry.gauge({ name: 'a', help, labels: ['__name__'] }) },
    { why: 'a label twice', declare: () => registry.gauge({ name: 'a', help, labels: ['x', 'x'] }) },
    { why: 'le on a histogram', declare: () => registry.histogram({ name: 'a', help, labels: ['le'] }) },
    { why: 'quantile on a summary', declare: () => registry.summary({ name: 'a', help, labels: ['quantile'] }) },
    { why: 'buckets that do not ascend', declare: () => registry.histogram({ name: 'a', help, buckets: [1, 1] }) },
    {
      why: 'a bucket that is infinite',
      declare: () => registry.histogram({ name: 'a', help, buckets: [1, Number.POSITIVE_INFINITY] }),
    },
    { why: 'no buckets', declare: () => registry.histogram({ name: 'a', help, buckets: [] }) },
    { why: 'a quantile above 1', declare: () => registry.summary({ name: 'a', help, quantiles: [99] }) },
    { why: 'no window', declare: () => registry.summary({ name: 'a', help, windowMs: 0 }) },
  ]
  for (const { why, declare } of cases) it(why, () => assert.equal(codeOf(declare), 'INVALID_METRIC'))
})

describe('the same name again', () => {
  it('gives the same instrument if all else is the same', () => {
    const registry = new Registry()
    const declare = (): unknown => registry.histogram({ name: 'wait_seconds', help, labels: ['a'], buckets: [1, 2] })
    assert.equal(declare(), declare())
  })

  const cases: { why: string; declare: (registry: Registry) => unknown }[] = [
    { why: 'another kind', declare: (registry) => registry.gauge({ name: 'wait_seconds', help, labels: ['a'] }) },
    {
      why: 'other labels',
      declare: (registry) => registry.histogram({ name: 'wait_seconds', help, labels: ['b'], buckets: [1] }),
    },
    {
      why: 'other buckets',
      declare: (registry) => registry.histogram({ name: 'wait_seconds', help, labels: ['a'], buckets: [2] }),
    },
    {
      why: 'a summary whose sum has the same name',
      declare: (registry) => registry.summary({ name: 'wait_seconds', help, labels: ['a'] }),
    },
  ]
  for (const { why, declare } of cases) {
    it(`is a conflict with ${why}`, () => {
      const registry = new Registry()
      registry.histogram({ name: 'wait_seconds', help, labels: ['a'], buckets: [1] })
      assert.equal(
        codeOf(() => declare(registry)),
        'METRIC_CONFLICT',
      )
    })
  }

  it('runs the collect callbacks of all who asked', () => {
    const registry = new Registry()
    for (const pool of ['a', 'b']) {
      registry.gauge({ name: 'pool_size', help, labels: ['pool'], collect: (gauge) => gauge.labels({ pool }).set(1) })
    }
    assert.equal(samples(registry).length, 2)
  })
})

it('buckets can be computed', () => {
  assert.deepEqual(exponentialBuckets(256, 4, 3), [256, 1_024, 4_096])
  assert.deepEqual(linearBuckets(0, 5, 3), [0, 5, 10])
})

describe('a metric with too many series', () => {
  it('is told once, however many come', () => {
    const told: string[] = []
    const registry = new Registry({ maxSeries: 2, onSeriesLimit: (metric) => told.push(metric) })
    const counter = registry.counter({ name: 'visits_total', help: 'Visits.', labels: ['user'] })
    for (const user of ['a', 'b']) counter.labels({ user }).add()
    assert.deepEqual(told, [])
    for (const user of ['c', 'd', 'e']) counter.labels({ user }).add()
    assert.deepEqual(told, ['visits_total'])
  })
})
