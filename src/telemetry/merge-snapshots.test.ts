import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { prometheusText } from './exporters/prometheus.ts'
import { cumulativeSnapshot, mergeSnapshots } from './merge-snapshots.ts'
import type { GaugeAggregation } from './meter.ts'
import type { MetricsSnapshot } from './metric-snapshot.ts'
import { Registry } from './registry.ts'

const help = 'What it measures.'

/** A worker that answered so many requests; what it knows arrives as JSON. */
function worker(requests: number, { seconds = 0.5, declare = (_: Registry): void => {} } = {}): MetricsSnapshot {
  const registry = new Registry()
  const counter = registry.counter({ name: 'requests_total', help, labels: ['route'] })
  const histogram = registry.histogram({ name: 'wait_seconds', help, buckets: [1] })
  const summary = registry.summary({ name: 'size_bytes', help, quantiles: [0, 1] })
  for (let i = 0; i < requests; i++) {
    counter.labels({ route: `/${requests}` }).add()
    counter.labels({ route: '/' }).add()
    histogram.observe(seconds)
    summary.observe(seconds)
  }
  declare(registry)
  return JSON.parse(JSON.stringify(registry.snapshot()))
}

function samples(snapshot: MetricsSnapshot): string[] {
  return prometheusText(snapshot)
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
}

describe('merged snapshots', () => {
  it('sum counters and histograms, series by series, and take quantiles over all observations', () => {
    const lines = samples(mergeSnapshots([worker(1, { seconds: 0.5 }), worker(2, { seconds: 4 })]))
    assert.deepEqual(
      lines.filter((line) => !line.includes('quantile')),
      [
        'requests_total{route="/1"} 1',
        'requests_total{route="/"} 3',
        'requests_total{route="/2"} 2',
        'size_bytes_sum 8.5',
        'size_bytes_count 3',
        'wait_seconds_bucket{le="1"} 1',
        'wait_seconds_bucket{le="+Inf"} 3',
        'wait_seconds_sum 8.5',
        'wait_seconds_count 3',
      ],
    )
    const [least = 0, greatest = 0] = lines
      .filter((line) => line.includes('quantile'))
      .map((line) => Number(line.split(' ')[1]))
    assert.ok(Math.abs(least - 0.5) <= 0.005 && Math.abs(greatest - 4) <= 0.04)
  })

  const rules: { aggregation: GaugeAggregation; expected: string }[] = [
    { aggregation: 'sum', expected: 'level 4' },
    { aggregation: 'max', expected: 'level 3' },
    { aggregation: 'min', expected: 'level -1' },
    { aggregation: 'last', expected: 'level 2' },
  ]
  for (const { aggregation, expected } of rules) {
    it(`combine gauges by their rule: ${aggregation}`, () => {
      const snapshots = [3, -1, 2].map((level) =>
        worker(0, { declare: (registry) => registry.gauge({ name: 'level', help, aggregation }).set(level) }),
      )
      assert.ok(samples(mergeSnapshots(snapshots)).includes(expected))
    })
  }

  it('keep numbers that JSON has no word for', () => {
    const declare = (registry: Registry): void => {
      registry.gauge({ name: 'a', help, aggregation: 'last' }).set(Number.NaN)
      registry.gauge({ name: 'b', help }).set(Number.POSITIVE_INFINITY)
      registry.gauge({ name: 'c', help }).set(Number.NEGATIVE_INFINITY)
    }
    const lines = samples(mergeSnapshots([worker(0, { declare }), worker(0, { declare })]))
    assert.deepEqual(
      lines.filter((line) => /^[abc] /.test(line)),
      ['a NaN', 'b +Inf', 'c -Inf'],
    )
  })

  it('are empty of nothing, and one alone stays as it is', () => {
    assert.deepEqual(mergeSnapshots([]), [])
    const alone = worker(3)
    assert.deepEqual(mergeSnapshots([alone]), alone)
  })

  it('refuse processes that mean different things by one name', () => {
    const other = worker(0, {
      declare: (registry) => registry.histogram({ name: 'other_seconds', help, buckets: [1] }),
    })
    const another = worker(0, {
      declare: (registry) => registry.histogram({ name: 'other_seconds', help, buckets: [2] }),
    })
    assert.throws(
      () => mergeSnapshots([other, another]),
      (error) => error instanceof ServiceError && error.code === 'METRIC_CONFLICT',
    )
  })
})

it('the counts of a process that has ended stay in the sum; its gauges and quantiles go', () => {
  const ended = worker(2, { declare: (registry) => registry.gauge({ name: 'open_connections', help }).set(9) })
  const lines = samples(mergeSnapshots([cumulativeSnapshot(ended), worker(1)]))
  assert.ok(lines.includes('requests_total{route="/"} 3'))
  assert.ok(lines.includes('wait_seconds_count 3'))
  assert.ok(lines.includes('size_bytes_count 3'))
  assert.ok(!lines.some((line) => line.startsWith('open_connections')))
  assert.deepEqual(
    samples(cumulativeSnapshot(ended)).filter((line) => line.includes('quantile')),
    ['size_bytes{quantile="0"} NaN', 'size_bytes{quantile="1"} NaN'],
  )
})
