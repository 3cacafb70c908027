/** Instrument: what a registry knows of each of its instruments. */
import type { MetricFamily } from '../metric-snapshot.ts'

export interface Instrument {
  /** Runs the callbacks that bring the values up to date. */
  collect(): void
  family(): MetricFamily
}

/** What every instrument is made of. */
export interface InstrumentSetup {
  readonly name: string
  readonly help: string
  readonly labelNames: readonly string[]
  readonly maxSeries: number
  /** Milliseconds since the Unix epoch. */
  readonly nowMs: () => number
  /** Counts what could not be recorded. */
  readonly onDrop: (reason: DropReason) => void
}

export type DropReason = 'series_limit' | 'invalid_value' | 'collect_failed'
