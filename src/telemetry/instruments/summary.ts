/**
 * Summary: quantiles over a sliding window, beside sum and count since the start.
 *
 *   observe ─▶ the youngest of five slots        a slot lives for one window and is then emptied for reuse
 *   read    ─▶ all slots merged
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { LabelValues, Summary, SummarySeries } from '../meter.ts'
import { invalidMetric } from '../metric-names.ts'
import type { SummaryFamily, SummaryPoint } from '../metric-snapshot.ts'
import { QuantileSketch } from '../quantile-sketch.ts'
import type { Instrument, InstrumentSetup } from './instrument.ts'
import { SeriesSet } from './series-set.ts'

export interface SummaryWindow {
  readonly quantiles: readonly number[]
  readonly windowMs: number
  readonly clock: Clock
}

/** @throws ServiceError `INVALID_METRIC` for a quantile outside 0 … 1 or a window that is not positive. */
export function checkWindow(metric: string, { quantiles, windowMs }: SummaryWindow): void {
  if (!quantiles.every((quantile) => quantile >= 0 && quantile <= 1)) {
    throw invalidMetric(metric, 'needs quantiles between 0 and 1')
  }
  if (!(windowMs > 0)) throw invalidMetric(metric, 'needs a windowMs above 0')
}

export class SummaryInstrument implements Summary<string>, Instrument {
  readonly #setup: InstrumentSetup
  readonly #quantiles: readonly number[]
  readonly #set: SeriesSet<SummaryValue>

  constructor(setup: InstrumentSetup, window: SummaryWindow) {
    this.#setup = setup
    this.#quantiles = window.quantiles
    this.#set = new SeriesSet({
      ...setup,
      metric: setup.name,
      create: () => new SummaryValue(setup, window),
      onOverflow: () => setup.onDrop('series_limit'),
    })
  }

  labels(values: LabelValues<string>): SummarySeries {
    return this.#set.get(values)
  }

  observe(value: number): void {
    this.#set.only.observe(value)
  }

  collect(): void {}

  family(): SummaryFamily {
    const { name, help, labelNames } = this.#setup
    const series = Array.from(this.#set.entries, ({ labelValues, series }) => ({ labelValues, point: series.point() }))
    return { kind: 'summary', name, help, labelNames, quantiles: this.#quantiles, series }
  }
}

const slotCount = 5

class SummaryValue implements SummarySeries {
  readonly #setup: InstrumentSetup
  readonly #clock: Clock
  readonly #slotMs: number
  readonly #slots: QuantileSketch[] = Array.from({ length: slotCount }, () => new QuantileSketch())
  /** Number of the youngest slot, counted without end; its place is the remainder by `slotCount`. */
  #youngest: number
  #count = 0
  #sum = 0

  constructor(setup: InstrumentSetup, { windowMs, clock }: SummaryWindow) {
    this.#setup = setup
    this.#clock = clock
    this.#slotMs = windowMs / slotCount
    this.#youngest = this.#slotNumber()
  }

  observe(value: number): void {
    if (!Number.isFinite(value)) {
      this.#setup.onDrop('invalid_value')
      return
    }
    this.#count++
    this.#sum += value
    this.#presentSlot().add(value)
  }

  point(): SummaryPoint {
    this.#presentSlot()
    const merged = new QuantileSketch()
    for (const slot of this.#slots) merged.merge(slot.snapshot())
    return { count: this.#count, sum: this.#sum, sketch: merged.snapshot() }
  }

  #presentSlot(): QuantileSketch {
    const now = this.#slotNumber()
    // Slots that passed without an observation are stale too; after a whole window, all of them.
    for (let i = Math.max(this.#youngest + 1, now - slotCount + 1); i <= now; i++) this.#slots[i % slotCount]?.clear()
    this.#youngest = now
    return this.#slots[now % slotCount] as QuantileSketch
  }

  #slotNumber(): number {
    return Math.floor(this.#clock.monotonic() / this.#slotMs)
  }
}
