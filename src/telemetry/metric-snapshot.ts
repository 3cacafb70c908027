/**
 * MetricsSnapshot: the state of all instruments at one moment, as JSON: what exporters read, and what worker processes send
 * to their supervisor.
 */
import type { ExemplarPoint } from './exemplar.ts'
import type { GaugeAggregation } from './meter.ts'

/** Families by name, ascending. */
export type MetricsSnapshot = readonly MetricFamily[]

export type MetricFamily = CounterFamily | GaugeFamily | HistogramFamily | SummaryFamily

interface Family<Kind extends string, Point> {
  readonly kind: Kind
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly series: readonly Series<Point>[]
}

export interface Series<Point> {
  /** In the order of `labelNames`. */
  readonly labelValues: readonly string[]
  readonly point: Point
}

export type CounterFamily = Family<'counter', number>

export interface GaugeFamily extends Family<'gauge', JsonNumber> {
  readonly aggregation: GaugeAggregation
}

export interface HistogramFamily extends Family<'histogram', HistogramPoint> {
  /** Upper bounds, ascending, without `+Inf`. */
  readonly bounds: readonly number[]
}

export interface HistogramPoint {
  /** Observations in each bucket, not cumulated; one more than there are bounds. */
  readonly counts: readonly number[]
  readonly sum: number
  /** At most one for each bucket, ascending. */
  readonly exemplars?: readonly ExemplarPoint[]
}

export interface SummaryFamily extends Family<'summary', SummaryPoint> {
  readonly quantiles: readonly number[]
}

export interface SummaryPoint {
  readonly count: number
  readonly sum: number
  /** Observations inside the window. */
  readonly sketch: SketchSnapshot
}

/** Bins of a quantile sketch: counts from the index `first` on. */
export interface BinsSnapshot {
  readonly first: number
  readonly counts: readonly number[]
}

export interface SketchSnapshot {
  readonly zeros: number
  readonly positive: BinsSnapshot
  readonly negative: BinsSnapshot
}

/** JSON has no words for these three. */
export type JsonNumber = number | 'NaN' | '+Inf' | '-Inf'

export function toJsonNumber(value: number): JsonNumber {
  if (Number.isFinite(value)) return value
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

export function fromJsonNumber(value: JsonNumber): number {
  if (typeof value === 'number') return value
  return value === 'NaN' ? Number.NaN : value === '+Inf' ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY
}
