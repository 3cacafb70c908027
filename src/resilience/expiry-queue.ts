/**
 * ExpiryQueue: the time limits of many calls on one timer. Nearly all calls end before their limit, so a call must not pay for
 * a timer of its own.
 *
 *   first ⇄ … ⇄ last         by due time; calls of one policy have one limit, so a new one nearly always belongs at the end
 *     └─ the timer is set for it, and stays when it leaves: it finds nothing due and is set anew
 *
 * The timer keeps the process alive, because somebody waits for the call. So it is cancelled when the queue has been empty
 * for a turn of the event loop: not at once, as the next call often begins in the same turn.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'

export abstract class Expiring {
  dueMs = 0
  previous: Expiring | undefined = undefined
  next: Expiring | undefined = undefined
  isQueued = false

  /** Its time is over; it is in no queue any more. */
  abstract expired(): void
}

export class ExpiryQueue {
  readonly clock: Clock
  #first: Expiring | undefined
  #last: Expiring | undefined
  #armedMs = Number.POSITIVE_INFINITY
  #cancelTimer: CancelTimer | undefined
  #isReleasing = false

  constructor(clock: Clock) {
    this.clock = clock
  }

  add(entry: Expiring, delayMs: number): void {
    entry.dueMs = this.clock.monotonic() + delayMs
    let before = this.#last
    while (before !== undefined && before.dueMs > entry.dueMs) before = before.previous
    const after = before === undefined ? this.#first : before.next
    entry.previous = before
    entry.next = after
    if (before === undefined) this.#first = entry
    else before.next = entry
    if (after === undefined) this.#last = entry
    else after.previous = entry
    entry.isQueued = true
    if (entry.dueMs < this.#armedMs) this.#arm(entry.dueMs)
  }

  /** Does nothing for one that has left already. */
  remove(entry: Expiring): void {
    if (!entry.isQueued) return
    if (entry.previous === undefined) this.#first = entry.next
    else entry.previous.next = entry.next
    if (entry.next === undefined) this.#last = entry.previous
    else entry.next.previous = entry.previous
    entry.previous = undefined
    entry.next = undefined
    entry.isQueued = false
    if (this.#first === undefined && !this.#isReleasing) this.#releaseSoon()
  }

  #releaseSoon(): void {
    this.#isReleasing = true
    setImmediate(() => {
      this.#isReleasing = false
      if (this.#first === undefined) this.#disarm()
    })
  }

  #disarm(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
    this.#armedMs = Number.POSITIVE_INFINITY
  }

  #arm(dueMs: number): void {
    this.#disarm()
    this.#armedMs = dueMs
    this.#cancelTimer = this.clock.schedule(dueMs - this.clock.monotonic(), () => this.#fire(), true)
  }

  #fire(): void {
    this.#disarm()
    const nowMs = this.clock.monotonic()
    for (let first = this.#first; first !== undefined && first.dueMs <= nowMs; first = this.#first) {
      this.remove(first)
      first.expired()
    }
    if (this.#first !== undefined && this.#armedMs > this.#first.dueMs) this.#arm(this.#first.dueMs)
  }
}
