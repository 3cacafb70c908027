/**
 * Registry: the meter that keeps its instruments, in memory, until somebody reads them.
 *
 *   counter({ name, … }) ─▶ checks ─▶ instrument ─labels()─▶ series ◀─ add, set, observe (hot: no lookup, no allocation)
 *   snapshot() ─▶ collect callbacks ─▶ families as JSON ─▶ exporters/prometheus, or merged with those of other processes
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { CounterInstrument } from './instruments/counter.ts'
import { GaugeInstrument } from './instruments/gauge.ts'
import { checkBuckets, HistogramInstrument, latencyBuckets } from './instruments/histogram.ts'
import type { DropReason, Instrument, InstrumentSetup } from './instruments/instrument.ts'
import { checkWindow, SummaryInstrument } from './instruments/summary.ts'
import type {
  Counter,
  CounterOptions,
  Gauge,
  GaugeOptions,
  Histogram,
  HistogramOptions,
  InstrumentOptions,
  Meter,
  Summary,
  SummaryOptions,
} from './meter.ts'
import { checkMetric, type InstrumentKind, sampleNames } from './metric-names.ts'
import type { MetricsSnapshot } from './metric-snapshot.ts'

export interface RegistryOptions {
  /** For the windows of summaries and the times of exemplars. */
  readonly clock?: Clock
  /** Series per instrument where the instrument does not say; default 1,000. */
  readonly maxSeries?: number
  /** Told once of each instrument that has more series than it may. */
  readonly onSeriesLimit?: (metric: string) => void
}

interface Registration {
  readonly name: string
  /** What must be the same when the name is asked for again. */
  readonly identity: string
  readonly instrument: Instrument
}

export class Registry implements Meter {
  readonly #clock: Clock
  readonly #maxSeries: number
  readonly #onSeriesLimit: (metric: string) => void
  readonly #overflowing = new Set<string>()
  /** By each name under which samples appear, so that no two instruments expose the same one. */
  readonly #registrations = new Map<string, Registration>()
  readonly #drops: Counter<'metric' | 'reason'>

  constructor({ clock = systemClock, maxSeries = 1_000, onSeriesLimit = () => {} }: RegistryOptions = {}) {
    this.#clock = clock
    this.#maxSeries = maxSeries
    this.#onSeriesLimit = onSeriesLimit
    this.#drops = this.counter({
      name: 'metric_drops_total',
      help: 'Observations that were not recorded as they were given, by metric and reason.',
      labels: ['metric', 'reason'],
      // Bounded by the number of instruments; and what counts overflows must not overflow itself.
      maxSeries: Number.POSITIVE_INFINITY,
    })
  }

  counter<L extends string = never>(options: CounterOptions<L>): Counter<L> {
    const counter = this.#register('counter', options, '', (setup) => new CounterInstrument(setup))
    if (options.collect !== undefined) counter.collectors.push(options.collect)
    return counter
  }

  gauge<L extends string = never>(options: GaugeOptions<L>): Gauge<L> {
    const { aggregation = 'sum' } = options
    const gauge = this.#register('gauge', options, aggregation, (setup) => new GaugeInstrument(setup, aggregation))
    if (options.collect !== undefined) gauge.collectors.push(options.collect)
    return gauge
  }

  histogram<L extends string = never>(options: HistogramOptions<L>): Histogram<L> {
    const bounds = [...(options.buckets ?? latencyBuckets)]
    return this.#register('histogram', options, bounds.join(), (setup) => {
      checkBuckets(setup.name, bounds)
      return new HistogramInstrument(setup, bounds)
    })
  }

  summary<L extends string = never>(options: SummaryOptions<L>): Summary<L> {
    const { quantiles = [0.5, 0.9, 0.99], windowMs = 600_000 } = options
    const window = { quantiles: quantiles.toSorted((a, b) => a - b), windowMs, clock: this.#clock }
    return this.#register('summary', options, `${window.quantiles.join()} ${windowMs}`, (setup) => {
      checkWindow(setup.name, window)
      return new SummaryInstrument(setup, window)
    })
  }

  /** The present state of all instruments, brought up to date first. A callback that throws leaves its metric as it was. */
  snapshot(): MetricsSnapshot {
    const registrations = [...new Set(this.#registrations.values())].sort((a, b) => (a.name < b.name ? -1 : 1))
    for (const { name, instrument } of registrations) this.#collect(name, instrument)
    return registrations.map(({ instrument }) => instrument.family())
  }

  #collect(name: string, instrument: Instrument): void {
    try {
      instrument.collect()
    } catch {
      this.#countDrop(name, 'collect_failed')
    }
  }

  #register<I extends Instrument>(
    kind: InstrumentKind,
    { name, help, labels: labelNames = [], maxSeries = this.#maxSeries }: InstrumentOptions<string>,
    kindOptions: string,
    create: (setup: InstrumentSetup) => I,
  ): I {
    const identity = `${kind}(${labelNames.join()}) ${kindOptions}`
    const known = this.#registrations.get(name)
    if (known?.name === name && known.identity === identity) return known.instrument as I
    checkMetric({ kind, name, help, labelNames })
    const names = sampleNames(kind, name)
    this.#checkFree(name, names, identity)
    const onDrop = (reason: DropReason): void => this.#countDrop(name, reason)
    const instrument = create({
      name,
      help,
      labelNames: [...labelNames],
      maxSeries,
      nowMs: () => this.#clock.now(),
      onDrop,
    })
    const registration = { name, identity, instrument }
    for (const sampleName of names) this.#registrations.set(sampleName, registration)
    return instrument
  }

  #checkFree(name: string, names: readonly string[], identity: string): void {
    const taken = names.map((sampleName) => this.#registrations.get(sampleName)).find((owner) => owner !== undefined)
    if (taken === undefined) return
    throw new ServiceError(
      'METRIC_CONFLICT',
      `The metric '${name}' as ${identity.trim()} clashes with '${taken.name}' as ${taken.identity.trim()}; rename one or make them alike.`,
    )
  }

  #countDrop(metric: string, reason: DropReason): void {
    this.#drops.labels({ metric, reason }).add()
    if (reason !== 'series_limit' || this.#overflowing.has(metric)) return
    this.#overflowing.add(metric)
    this.#onSeriesLimit(metric)
  }
}
