/**
 * EpochTime: wall time with fractions of a millisecond, from a clock whose wall time has none.
 *
 * The spans of one trace must be in order and as long as they were, so that times come from the monotonic scale, moved by a
 * distance that is measured once. It is measured again from time to time: the machine's time may have been set meanwhile.
 */
import type { Clock } from '../foundation/clock/clock.ts'

const measureEveryMs = 10_000
/** Two measurements differ by up to a millisecond, since wall time is cut to whole ones. */
const toleranceMs = 2

export class EpochTime {
  readonly #clock: Pick<Clock, 'now' | 'monotonic'>
  #distanceMs: number
  #measuredMs: number

  constructor(clock: Pick<Clock, 'now' | 'monotonic'>) {
    this.#clock = clock
    this.#measuredMs = clock.monotonic()
    this.#distanceMs = clock.now() - this.#measuredMs
  }

  /** Milliseconds since the Unix epoch. */
  at(monotonicMs: number): number {
    if (monotonicMs - this.#measuredMs > measureEveryMs) this.#measure()
    return this.#distanceMs + monotonicMs
  }

  #measure(): void {
    const nowMs = this.#clock.monotonic()
    const distanceMs = this.#clock.now() - nowMs
    this.#measuredMs = nowMs
    if (Math.abs(distanceMs - this.#distanceMs) > toleranceMs) this.#distanceMs = distanceMs
  }
}
