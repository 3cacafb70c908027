/** Gauge: a value that goes up and down. */
import type { Gauge, GaugeAggregation, GaugeSeries, LabelValues } from '../meter.ts'
import { type GaugeFamily, toJsonNumber } from '../metric-snapshot.ts'
import type { Instrument, InstrumentSetup } from './instrument.ts'
import { SeriesSet } from './series-set.ts'

export class GaugeInstrument implements Gauge<string>, Instrument {
  readonly collectors: ((gauge: Gauge<string>) => void)[] = []
  readonly #setup: InstrumentSetup
  readonly #aggregation: GaugeAggregation
  readonly #set: SeriesSet<GaugeValue>

  constructor(setup: InstrumentSetup, aggregation: GaugeAggregation) {
    this.#setup = setup
    this.#aggregation = aggregation
    this.#set = new SeriesSet({
      ...setup,
      metric: setup.name,
      create: () => new GaugeValue(),
      onOverflow: () => setup.onDrop('series_limit'),
    })
  }

  labels(values: LabelValues<string>): GaugeSeries {
    return this.#set.get(values)
  }

  remove(values: LabelValues<string>): void {
    this.#set.remove(values)
  }

  set(value: number): void {
    this.#set.only.set(value)
  }

  add(amount: number): void {
    this.#set.only.add(amount)
  }

  collect(): void {
    for (const collect of this.collectors) collect(this)
  }

  family(): GaugeFamily {
    const { name, help, labelNames } = this.#setup
    const series = Array.from(this.#set.entries, ({ labelValues, series }) => ({
      labelValues,
      point: toJsonNumber(series.value),
    }))
    return { kind: 'gauge', name, help, labelNames, aggregation: this.#aggregation, series }
  }
}

class GaugeValue implements GaugeSeries {
  value = 0

  set(value: number): void {
    this.value = value
  }

  add(amount: number): void {
    this.value += amount
  }
}
