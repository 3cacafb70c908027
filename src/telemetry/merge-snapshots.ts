/**
 * Merging snapshots: what several processes of one service measured, as if one process had.
 *
 *   counters, histograms   summed; of each bucket the youngest exemplar
 *   summaries              sums and counts summed, sketches merged: the quantiles are those of all observations
 *   gauges                 by the rule of the gauge: sum, max, min or last
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { mergeExemplars } from './exemplar.ts'
import type { GaugeAggregation } from './meter.ts'
import {
  fromJsonNumber,
  type HistogramPoint,
  type JsonNumber,
  type MetricFamily,
  type MetricsSnapshot,
  type Series,
  type SummaryPoint,
  toJsonNumber,
} from './metric-snapshot.ts'
import { QuantileSketch } from './quantile-sketch.ts'

/** @throws ServiceError `METRIC_CONFLICT` if the snapshots differ in kind, labels or buckets of a metric. */
export function mergeSnapshots(snapshots: readonly MetricsSnapshot[]): MetricsSnapshot {
  const families = new Map<string, MetricFamily>()
  for (const family of snapshots.flat()) {
    const known = families.get(family.name)
    families.set(family.name, known === undefined ? family : mergeFamilies(known, family))
  }
  return [...families.values()].sort((a, b) => (a.name < b.name ? -1 : 1))
}

/**
 * What remains of a process that has ended: its counts without its gauges and quantiles. Whoever sums over processes keeps
 * adding it; otherwise the sum would fall, and a falling counter reads as a restart with all of its counts happening anew.
 */
export function cumulativeSnapshot(snapshot: MetricsSnapshot): MetricsSnapshot {
  return snapshot
    .filter((family) => family.kind !== 'gauge')
    .map((family) => (family.kind === 'summary' ? { ...family, series: family.series.map(withoutWindow) } : family))
}

function withoutWindow({ labelValues, point }: Series<SummaryPoint>): Series<SummaryPoint> {
  return { labelValues, point: { ...point, sketch: new QuantileSketch().snapshot() } }
}

function mergeFamilies(a: MetricFamily, b: MetricFamily): MetricFamily {
  if (shapeOf(a) !== shapeOf(b)) throw differing(a, b)
  if (a.kind === 'counter' && b.kind === 'counter') {
    return { ...a, series: mergeSeries(a.series, b.series, (x, y) => x + y) }
  }
  if (a.kind === 'gauge' && b.kind === 'gauge') {
    return { ...a, series: mergeSeries(a.series, b.series, (x, y) => aggregate(a.aggregation, x, y)) }
  }
  if (a.kind === 'histogram' && b.kind === 'histogram') {
    return { ...a, series: mergeSeries(a.series, b.series, addHistograms) }
  }
  if (a.kind === 'summary' && b.kind === 'summary') {
    return { ...a, series: mergeSeries(a.series, b.series, addSummaries) }
  }
  throw differing(a, b)
}

function mergeSeries<Point>(
  a: readonly Series<Point>[],
  b: readonly Series<Point>[],
  combine: (x: Point, y: Point) => Point,
): Series<Point>[] {
  const merged = new Map(a.map((series) => [JSON.stringify(series.labelValues), series]))
  for (const series of b) {
    const key = JSON.stringify(series.labelValues)
    const known = merged.get(key)
    merged.set(key, known === undefined ? series : { ...known, point: combine(known.point, series.point) })
  }
  return [...merged.values()]
}

function aggregate(rule: GaugeAggregation, a: JsonNumber, b: JsonNumber): JsonNumber {
  if (rule === 'last') return b
  const x = fromJsonNumber(a)
  const y = fromJsonNumber(b)
  return toJsonNumber(rule === 'sum' ? x + y : rule === 'max' ? Math.max(x, y) : Math.min(x, y))
}

function addHistograms(a: HistogramPoint, b: HistogramPoint): HistogramPoint {
  const point = { counts: a.counts.map((count, i) => count + (b.counts[i] ?? 0)), sum: a.sum + b.sum }
  const exemplars = mergeExemplars(a.exemplars, b.exemplars)
  return exemplars === undefined ? point : { ...point, exemplars }
}

function addSummaries(a: SummaryPoint, b: SummaryPoint): SummaryPoint {
  const sketch = new QuantileSketch()
  sketch.merge(a.sketch)
  sketch.merge(b.sketch)
  return { count: a.count + b.count, sum: a.sum + b.sum, sketch: sketch.snapshot() }
}

function shapeOf(family: MetricFamily): string {
  const { kind, labelNames } = family
  const options = kind === 'histogram' ? family.bounds : kind === 'summary' ? family.quantiles : []
  return `${kind}(${labelNames.join()}) ${options.join()}`.trim()
}

function differing(a: MetricFamily, b: MetricFamily): ServiceError {
  return new ServiceError(
    'METRIC_CONFLICT',
    `The metric '${a.name}' is ${shapeOf(a)} in one process and ${shapeOf(b)} in another; run the same code in all of them.`,
  )
}
