/**
 * Timer: sends the time on its channel once, unless it is stopped. For one wait inside a `select`, `after(ms)` is enough.
 *
 *   new ─▶ running ──after delayMs──▶ fired: a value waits in the channel
 *            └─stop─▶ stopped ──reset──▶ running      neither leaves an old value behind, as in Go since 1.23
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { currentContext } from '../foundation/context/context.ts'
import { Channel } from './channel.ts'
import { forgetPending, notePending } from './pending-watch.ts'

export class Timer implements Disposable {
  /** Wall time at which it fired, in milliseconds since the Unix epoch. */
  readonly channel: Channel<number> = new Channel(1)
  readonly #clock: Clock
  #cancel: CancelTimer | undefined

  /** The clock is the current context's, else the system's. */
  constructor(delayMs: number, clock: Clock = currentContext()?.clock ?? systemClock) {
    this.#clock = clock
    this.reset(delayMs)
  }

  /** Whether it was still running. */
  stop(): boolean {
    const wasRunning = this.#cancel !== undefined
    this.#cancel?.()
    this.#cancel = undefined
    this.channel.tryReceive()
    forgetPending(this)
    return wasRunning
  }

  /** Begins anew. Whether it was still running. */
  reset(delayMs: number): boolean {
    const wasRunning = this.stop()
    notePending(this, 'Timer')
    this.#cancel = this.#clock.schedule(delayMs, () => this.#fire(), true)
    return wasRunning
  }

  [Symbol.dispose](): void {
    this.stop()
  }

  #fire(): void {
    this.#cancel = undefined
    forgetPending(this)
    this.channel.trySend(this.#clock.now())
  }
}
