/** A clock that stands still until a test turns it. */
import type { CancelTimer, Clock } from './clock.ts'
import { sleepOn } from './sleep.ts'

interface Timer {
  readonly dueMs: number
  readonly order: number
  readonly task: () => void
}

export class ManualClock implements Clock {
  #wallMs: number
  #monotonicMs = 0
  #order = 0
  readonly #timers = new Set<Timer>()

  /** Starts at `wallMs` since the Unix epoch (default: 2030-01-01T00:00:00Z). */
  constructor(wallMs: number = Date.UTC(2030, 0, 1)) {
    this.#wallMs = wallMs
  }

  now(): number {
    return this.#wallMs
  }

  monotonic(): number {
    return this.#monotonicMs
  }

  schedule(delayMs: number, task: () => void): CancelTimer {
    const timer: Timer = { dueMs: this.#monotonicMs + Math.max(delayMs, 0), order: this.#order++, task }
    this.#timers.add(timer)
    return () => this.#timers.delete(timer)
  }

  sleep(delayMs: number, signal?: AbortSignal): Promise<void> {
    return sleepOn(this, delayMs, signal)
  }

  /** Timers that have not fired yet; 0 at the end of a test shows that nothing leaks. */
  get pendingTimers(): number {
    return this.#timers.size
  }

  /**
   * Moves both scales forward by `byMs` and fires what falls due, in order of due time, then of registration.
   * Pending promise callbacks run before each timer and at the end, so that code which sleeps in a loop keeps up.
   */
  async advance(byMs: number): Promise<void> {
    const endMs = this.#monotonicMs + byMs
    await settle()
    for (let next = this.#firstDue(endMs); next !== undefined; next = this.#firstDue(endMs)) {
      this.#moveTo(next.dueMs)
      this.#timers.delete(next)
      next.task()
      await settle()
    }
    this.#moveTo(endMs)
  }

  /** Moves only the wall time, as an operator or NTP does; `byMs` may be negative. No timer fires. */
  jump(byMs: number): void {
    this.#wallMs += byMs
  }

  #moveTo(monotonicMs: number): void {
    this.#wallMs += monotonicMs - this.#monotonicMs
    this.#monotonicMs = monotonicMs
  }

  #firstDue(endMs: number): Timer | undefined {
    let first: Timer | undefined
    for (const timer of this.#timers) {
      if (timer.dueMs > endMs) continue
      if (
        first === undefined ||
        timer.dueMs < first.dueMs ||
        (timer.dueMs === first.dueMs && timer.order < first.order)
      ) {
        first = timer
      }
    }
    return first
  }
}

/** Lets promise callbacks that are already queued run, including those they queue in turn. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
