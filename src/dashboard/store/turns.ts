/** Long work in turns: lets everything else go on between two pieces, and ends when its time is over. */
import type { Clock } from '../../foundation/clock/clock.ts'

export class Turns {
  readonly #clock: Clock
  readonly #untilMs: number

  constructor(clock: Clock, budgetMs: number) {
    this.#clock = clock
    this.#untilMs = clock.monotonic() + budgetMs
  }

  /** Resolves in the next turn of the event loop: false if the time is over. */
  async next(): Promise<boolean> {
    await new Promise<void>((resolve) => setImmediate(resolve))
    return this.#clock.monotonic() < this.#untilMs
  }
}
