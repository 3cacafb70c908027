/** Histogram: observations counted in buckets with fixed bounds; cheap, and exact to add up over processes. */
import type { ExemplarPoint } from '../exemplar.ts'
import type { Histogram, HistogramSeries, LabelValues } from '../meter.ts'
import { invalidMetric } from '../metric-names.ts'
import type { HistogramFamily, HistogramPoint } from '../metric-snapshot.ts'
import type { TraceContext } from '../tracer.ts'
import type { Instrument, InstrumentSetup } from './instrument.ts'
import { SeriesSet } from './series-set.ts'

/** Seconds, from a cache hit to an upstream at its timeout. */
export const latencyBuckets: readonly number[] = [
  0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** `count` bounds from `start` on, each `factor` times the one before, such as `(256, 4, 8)` for sizes in bytes. */
export function exponentialBuckets(start: number, factor: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start * factor ** i)
}

/** `count` bounds from `start` on, each `width` above the one before. */
export function linearBuckets(start: number, width: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => start + width * i)
}

/** @throws ServiceError `INVALID_METRIC` unless the bounds are finite and ascend. */
export function checkBuckets(metric: string, bounds: readonly number[]): void {
  const ascends = bounds.every((bound, i) => Number.isFinite(bound) && (i === 0 || bound > (bounds[i - 1] as number)))
  if (bounds.length === 0 || !ascends)
    throw invalidMetric(metric, 'needs buckets that are finite and ascend; +Inf is added')
}

export class HistogramInstrument implements Histogram<string>, Instrument {
  readonly #setup: InstrumentSetup
  readonly #bounds: readonly number[]
  readonly #set: SeriesSet<HistogramValue>

  constructor(setup: InstrumentSetup, bounds: readonly number[]) {
    this.#setup = setup
    this.#bounds = bounds
    this.#set = new SeriesSet({
      ...setup,
      metric: setup.name,
      create: () => new HistogramValue(setup, bounds),
      onOverflow: () => setup.onDrop('series_limit'),
    })
  }

  labels(values: LabelValues<string>): HistogramSeries {
    return this.#set.get(values)
  }

  observe(value: number, exemplar?: TraceContext): void {
    this.#set.only.observe(value, exemplar)
  }

  collect(): void {}

  family(): HistogramFamily {
    const { name, help, labelNames } = this.#setup
    const series = Array.from(this.#set.entries, ({ labelValues, series }) => ({ labelValues, point: series.point() }))
    return { kind: 'histogram', name, help, labelNames, bounds: this.#bounds, series }
  }
}

class HistogramValue implements HistogramSeries {
  readonly #setup: InstrumentSetup
  readonly #bounds: readonly number[]
  readonly #counts: number[]
  /** By bucket; made when the first one comes. */
  #exemplars: (Mutable<ExemplarPoint> | undefined)[] | undefined
  #sum = 0

  constructor(setup: InstrumentSetup, bounds: readonly number[]) {
    this.#setup = setup
    this.#bounds = bounds
    this.#counts = new Array<number>(bounds.length + 1).fill(0)
  }

  observe(value: number, exemplar?: TraceContext): void {
    if (!Number.isFinite(value)) {
      this.#setup.onDrop('invalid_value')
      return
    }
    const bucket = bucketOf(this.#bounds, value)
    this.#counts[bucket] = (this.#counts[bucket] as number) + 1
    this.#sum += value
    if (exemplar?.sampled === true) this.#show(bucket, value, exemplar)
  }

  point(): HistogramPoint {
    const point = { counts: [...this.#counts], sum: this.#sum }
    if (this.#exemplars === undefined) return point
    return {
      ...point,
      exemplars: this.#exemplars.flatMap((exemplar) => (exemplar === undefined ? [] : [{ ...exemplar }])),
    }
  }

  /** Written over in place: under full tracing this is done for each request. */
  #show(bucket: number, value: number, { traceId, spanId }: TraceContext): void {
    this.#exemplars ??= new Array<undefined>(this.#counts.length).fill(undefined)
    const timeMs = this.#setup.nowMs()
    const shown = this.#exemplars[bucket]
    if (shown === undefined) this.#exemplars[bucket] = { bucket, value, timeMs, traceId, spanId }
    else {
      shown.value = value
      shown.timeMs = timeMs
      shown.traceId = traceId
      shown.spanId = spanId
    }
  }
}

type Mutable<T> = { -readonly [Name in keyof T]: T[Name] }

/** Index of the first bound that is not below `value`, by halving; `bounds.length` if there is none. */
function bucketOf(bounds: readonly number[], value: number): number {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
