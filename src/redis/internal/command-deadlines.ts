/**
 * CommandDeadlines: the time limits of all commands under way, on one timer. Nearly every command is answered long before its
 * limit, so it must not pay for a timer of its own.
 *
 *   first ⇄ … ⇄ last      by due time; most have the same limit, so a new one belongs at the end
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'

export class Deadline {
  /** @internal */
  dueMs = 0
  /** @internal */
  previous: Deadline | undefined
  /** @internal */
  next: Deadline | undefined
  /** @internal */
  isSet = false
  readonly expired: () => void

  constructor(expired: () => void) {
    this.expired = expired
  }
}

export class CommandDeadlines {
  readonly #clock: Clock
  #first: Deadline | undefined
  #last: Deadline | undefined
  #cancelTimer: CancelTimer | undefined
  #size = 0

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Commands under way. */
  get size(): number {
    return this.#size
  }

  add(deadline: Deadline, nowMs: number, limitMs: number): void {
    deadline.dueMs = nowMs + limitMs
    let before = this.#last
    while (before !== undefined && before.dueMs > deadline.dueMs) before = before.previous
    const after = before === undefined ? this.#first : before.next
    deadline.previous = before
    deadline.next = after
    if (before === undefined) this.#first = deadline
    else before.next = deadline
    if (after === undefined) this.#last = deadline
    else after.previous = deadline
    deadline.isSet = true
    this.#size++
    if (before === undefined) this.#arm()
  }

  /** Whether it was still to come. */
  remove(deadline: Deadline): boolean {
    if (!deadline.isSet) return false
    const { previous, next } = deadline
    if (previous === undefined) this.#first = next
    else previous.next = next
    if (next === undefined) this.#last = previous
    else next.previous = previous
    deadline.previous = undefined
    deadline.next = undefined
    deadline.isSet = false
    this.#size--
    return true
  }

  /** A timer that is set stays, whoever leaves: it finds nothing due and is set anew. It does not keep the process alive. */
  #arm(): void {
    const first = this.#first
    if (first === undefined) return
    if (this.#cancelTimer !== undefined) {
      if (first.dueMs >= this.#armedMs) return
      this.#cancelTimer()
    }
    this.#armedMs = first.dueMs
    this.#cancelTimer = this.#clock.schedule(first.dueMs - this.#clock.monotonic(), () => this.#fire())
  }

  #armedMs = 0

  /** Late means that this process stood still: what it has not read yet may be the answers, so it looks at those first. */
  #fire(): void {
    this.#cancelTimer = undefined
    const nowMs = this.#clock.monotonic()
    if (nowMs - this.#armedMs > stallMs) {
      this.#armedMs = nowMs
      this.#cancelTimer = this.#clock.schedule(1, () => this.#fire())
      return
    }
    for (let first = this.#first; first !== undefined && first.dueMs <= nowMs; first = this.#first) {
      this.remove(first)
      first.expired()
    }
    this.#arm()
  }
}

/** A timer is never so late by itself. */
const stallMs = 20
