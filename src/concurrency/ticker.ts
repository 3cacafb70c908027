/**
 * Ticker: sends the time on its channel again and again, until it is stopped.
 *
 *   ├─period─┼─period─┼─period─┤      counted from the start, so that slow receivers do not shift what follows
 *            ▼        ▼        ▼
 *          channel with room for one tick: whoever is too slow misses ticks, and they do not pile up
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { Channel } from './channel.ts'
import { forgetPending, notePending } from './pending-watch.ts'

export class Ticker implements Disposable {
  /** Wall time of the tick, in milliseconds since the Unix epoch. Not closed by `stop`, as in Go. */
  readonly channel: Channel<number> = new Channel(1)
  readonly #clock: Clock
  #periodMs = 0
  #dueMs = 0
  #cancel: CancelTimer | undefined

  /** The clock is the current context's, else the system's. @throws ServiceError BAD_PERIOD for one that is not above 0. */
  constructor(periodMs: number, clock: Clock = currentContext()?.clock ?? systemClock) {
    this.#clock = clock
    this.reset(periodMs)
  }

  /** No more ticks, and none that is still waiting. */
  stop(): void {
    this.#cancel?.()
    this.#cancel = undefined
    this.channel.tryReceive()
    forgetPending(this)
  }

  /** The next tick comes a period from now. @throws ServiceError BAD_PERIOD for one that is not above 0. */
  reset(periodMs: number): void {
    if (!(periodMs > 0)) throw badPeriod(periodMs)
    this.stop()
    notePending(this, 'Ticker')
    this.#periodMs = periodMs
    this.#dueMs = this.#clock.monotonic() + periodMs
    this.#schedule()
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #schedule(): void {
    this.#cancel = this.#clock.schedule(this.#dueMs - this.#clock.monotonic(), () => this.#tick(), true)
  }

  #tick(): void {
    const missed = Math.max(0, Math.floor((this.#clock.monotonic() - this.#dueMs) / this.#periodMs))
    this.#dueMs += (missed + 1) * this.#periodMs
    this.#schedule()
    this.channel.trySend(this.#clock.now())
  }
}

function badPeriod(periodMs: unknown): ServiceError {
  return new ServiceError(
    'BAD_PERIOD',
    `A ticker's period is a number of milliseconds above 0, not ${typeof periodMs === 'number' ? periodMs : typeof periodMs}.`,
  )
}
