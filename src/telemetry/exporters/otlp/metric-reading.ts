/** MetricReading: the instruments of a process at one moment, as they are exported. */
import type {
  CounterFamily,
  HistogramFamily,
  HistogramPoint,
  MetricFamily,
  MetricsSnapshot,
  Series,
} from '../../metric-snapshot.ts'

export interface MetricReading {
  readonly snapshot: MetricsSnapshot
  /** Since when counts are counted, and when they were read; milliseconds since the Unix epoch. */
  readonly startMs: number
  readonly timeMs: number
  readonly temporality: MetricTemporality
}

/** Whether a count is one since the start of the process, or since the last reading. */
export type MetricTemporality = 'cumulative' | 'delta'

export const temporalityCodes: Readonly<Record<MetricTemporality, number>> = { delta: 1, cumulative: 2 }

export function pointsIn(snapshot: MetricsSnapshot): number {
  return snapshot.reduce((sum, { series }) => sum + series.length, 0)
}

/** The unit by UCUM, which our names end in. */
export function unitOf(name: string): string {
  const bare = name.replace(/_total$/, '')
  if (bare.endsWith('_seconds')) return 's'
  return bare.endsWith('_bytes') ? 'By' : bare.endsWith('_ratio') ? '1' : ''
}

/** What was counted since `previous`. Gauges and quantiles are what they are now. */
export function deltaSnapshot(previous: MetricsSnapshot, present: MetricsSnapshot): MetricsSnapshot {
  const before = new Map(previous.map((family) => [family.name, family]))
  return present.map((family) => subtracted(family, before.get(family.name)))
}

function subtracted(family: MetricFamily, before: MetricFamily | undefined): MetricFamily {
  if (family.kind === 'counter' && before?.kind === 'counter') return subtractedCounter(family, before)
  if (family.kind === 'histogram' && before?.kind === 'histogram') return subtractedHistogram(family, before)
  return family
}

function subtractedCounter(family: CounterFamily, before: CounterFamily): CounterFamily {
  const known = byLabels(before.series)
  const series = family.series.map((one) => ({ ...one, point: one.point - (known.get(keyOf(one)) ?? 0) }))
  return { ...family, series }
}

function subtractedHistogram(family: HistogramFamily, before: HistogramFamily): HistogramFamily {
  const known = byLabels(before.series)
  const series = family.series.map((one) => {
    const was = known.get(keyOf(one))
    if (was === undefined) return one
    const counts = one.point.counts.map((count, i) => count - (was.counts[i] ?? 0))
    return { ...one, point: { ...newExemplars(one.point, was), counts, sum: one.point.sum - was.sum } }
  })
  return { ...family, series }
}

/** Those that were shown before belong to what was counted then. */
function newExemplars({ exemplars, ...point }: HistogramPoint, was: HistogramPoint): HistogramPoint {
  const fresh = exemplars?.filter(
    ({ bucket, traceId, timeMs }) =>
      !was.exemplars?.some((shown) => shown.bucket === bucket && shown.traceId === traceId && shown.timeMs === timeMs),
  )
  return fresh === undefined || fresh.length === 0 ? point : { ...point, exemplars: fresh }
}

function byLabels<Point>(series: readonly Series<Point>[]): Map<string, Point> {
  return new Map(series.map((one) => [keyOf(one), one.point]))
}

function keyOf({ labelValues }: Series<unknown>): string {
  return labelValues.join('\n')
}
