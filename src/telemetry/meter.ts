/** Meter: makes instruments. Labels are given once, by `labels()`, and the result is kept where it is hot. */

export interface Meter {
  counter<L extends string = never>(options: InstrumentOptions<L>): Counter<L>
  gauge<L extends string = never>(options: InstrumentOptions<L> & { collect?: (gauge: Gauge<L>) => void }): Gauge<L>
  histogram<L extends string = never>(options: InstrumentOptions<L> & { buckets?: readonly number[] }): Histogram<L>
  summary<L extends string = never>(options: InstrumentOptions<L> & { quantiles?: readonly number[] }): Summary<L>
}

export interface InstrumentOptions<L extends string> {
  /** `snake_case` with the unit last, such as `http_request_duration_seconds`; counters end in `_total`. */
  readonly name: string
  readonly help: string
  readonly labels?: readonly L[]
}

export type LabelValues<L extends string> = Readonly<Record<L, string>>

export interface Counter<L extends string = never> {
  /** The series for these values; the same object for the same values, so keep it. */
  labels(values: LabelValues<L>): CounterSeries
  /** Adds to the series without labels. */
  add(amount?: number): void
}
export interface CounterSeries {
  add(amount?: number): void
}

export interface Gauge<L extends string = never> {
  labels(values: LabelValues<L>): GaugeSeries
  set(value: number): void
  add(amount: number): void
}
export interface GaugeSeries {
  set(value: number): void
  add(amount: number): void
}

export interface Histogram<L extends string = never> {
  labels(values: LabelValues<L>): HistogramSeries
  observe(value: number): void
}
export interface HistogramSeries {
  observe(value: number): void
}

export interface Summary<L extends string = never> {
  labels(values: LabelValues<L>): SummarySeries
  observe(value: number): void
}
export interface SummarySeries {
  observe(value: number): void
}
