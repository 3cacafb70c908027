/** Counter: a sum that only grows. */
import type { Counter, CounterSeries, LabelValues } from '../meter.ts'
import type { CounterFamily } from '../metric-snapshot.ts'
import type { Instrument, InstrumentSetup } from './instrument.ts'
import { SeriesSet } from './series-set.ts'

export class CounterInstrument implements Counter<string>, Instrument {
  readonly collectors: ((counter: Counter<string>) => void)[] = []
  readonly #setup: InstrumentSetup
  readonly #set: SeriesSet<CounterValue>

  constructor(setup: InstrumentSetup) {
    this.#setup = setup
    this.#set = new SeriesSet({
      ...setup,
      metric: setup.name,
      create: () => new CounterValue(setup),
      onOverflow: () => setup.onDrop('series_limit'),
    })
  }

  labels(values: LabelValues<string>): CounterSeries {
    return this.#set.get(values)
  }

  add(amount = 1): void {
    this.#set.only.add(amount)
  }

  collect(): void {
    for (const collect of this.collectors) collect(this)
  }

  family(): CounterFamily {
    const { name, help, labelNames } = this.#setup
    const series = Array.from(this.#set.entries, ({ labelValues, series }) => ({ labelValues, point: series.value }))
    return { kind: 'counter', name, help, labelNames, series }
  }
}

class CounterValue implements CounterSeries {
  value = 0
  readonly #setup: InstrumentSetup

  constructor(setup: InstrumentSetup) {
    this.#setup = setup
  }

  add(amount = 1): void {
    if (amount >= 0 && amount < Number.POSITIVE_INFINITY) this.value += amount
    else this.#setup.onDrop('invalid_value')
  }
}
