/** Meter: makes instruments. Labels are given once, by `labels()`, and the result is kept where it is hot. */
import type { TraceContext } from './tracer.ts'

/**
 * Asked again for the same name, a meter gives the same instrument.
 *
 * @throws ServiceError `INVALID_METRIC` if name, help, labels or options are wrong; `METRIC_CONFLICT` if the name is taken by
 *   an instrument of another kind, or with other labels or options.
 */
export interface Meter {
  counter<L extends string = never>(options: CounterOptions<L>): Counter<L>
  gauge<L extends string = never>(options: GaugeOptions<L>): Gauge<L>
  histogram<L extends string = never>(options: HistogramOptions<L>): Histogram<L>
  summary<L extends string = never>(options: SummaryOptions<L>): Summary<L>
}

export interface InstrumentOptions<L extends string> {
  /** `snake_case` with the unit last, such as `http_request_duration_seconds`; counters, and only they, end in `_total`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
  /** Different sets of label values; those beyond share one series whose labels all read `other`. Default 1,000. */
  readonly maxSeries?: number
}

export interface CounterOptions<L extends string> extends InstrumentOptions<L> {
  /** Called before each reading, to add what has accrued elsewhere. */
  readonly collect?: (counter: Counter<L>) => void
}

export interface GaugeOptions<L extends string> extends InstrumentOptions<L> {
  /** Called before each reading, to set the present value. */
  readonly collect?: (gauge: Gauge<L>) => void
  /** How the values of several processes become one; default `sum`. */
  readonly aggregation?: GaugeAggregation
}

export type GaugeAggregation = 'sum' | 'max' | 'min' | 'last'

export interface HistogramOptions<L extends string> extends InstrumentOptions<L> {
  /** Upper bounds, ascending; `+Inf` is added. Default `latencyBuckets`, made for seconds. */
  readonly buckets?: readonly number[]
}

export interface SummaryOptions<L extends string> extends InstrumentOptions<L> {
  /** Between 0 and 1; default 0.5, 0.9 and 0.99. Each is right to 1 % of the value. */
  readonly quantiles?: readonly number[]
  /** How far back the quantiles look, in milliseconds; default 600,000. Sum and count look back to the start. */
  readonly windowMs?: number
}

export type LabelValues<L extends string> = Readonly<Record<L, string>>

/** Amounts that are negative or not finite are not added; `metric_drops_total` counts them. */
export interface Counter<L extends string = never> {
  /**
   * The series for these values; the same object for the same values, so keep it.
   *
   * @throws ServiceError `INVALID_METRIC` if a label has no value.
   */
  labels(values: LabelValues<L>): CounterSeries
  /** Adds to the series without labels. */
  add(amount?: number): void
}
export interface CounterSeries {
  add(amount?: number): void
}

export interface Gauge<L extends string = never> {
  labels(values: LabelValues<L>): GaugeSeries
  /** Forgets the series: what it measured exists no more. */
  remove(values: LabelValues<L>): void
  set(value: number): void
  add(amount: number): void
}
export interface GaugeSeries {
  set(value: number): void
  add(amount: number): void
}

/** Observations that are not finite are not counted; `metric_drops_total` counts them. */
export interface Histogram<L extends string = never> {
  labels(values: LabelValues<L>): HistogramSeries
  /** To the series without labels. */
  observe(value: number, exemplar?: TraceContext): void
}
export interface HistogramSeries {
  /** `exemplar` is the trace in which this was seen, if it is sampled (`exemplarOf`): the last one of each bucket is shown beside it. */
  observe(value: number, exemplar?: TraceContext): void
}

/** Observations that are not finite are not counted; `metric_drops_total` counts them. */
export interface Summary<L extends string = never> {
  labels(values: LabelValues<L>): SummarySeries
  observe(value: number): void
}
export interface SummarySeries {
  observe(value: number): void
}
