/**
 * Faults: those that this process suffers at the moment, on the way of its requests and calls.
 *
 *   adopt([f1, f2]) ─▶ current = { f1, f2 } ─ f1's time is over ─▶ current = { f2 } ─▶ adopt([]) ─▶ current = none
 *
 * Each ends here by itself: a process whose supervisor is gone must not go on failing.
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { FaultSubject } from './fault.ts'
import { ArmedFault, FaultSet, type Strike, strike, type TimedFault } from './fault-set.ts'
import { noteFaultyCalls } from './faulty-calls.ts'

export interface FaultsOptions {
  /** Told of each request and call that is hit. */
  onStrike?: (blow: Strike, subject: FaultSubject) => void
  clock?: Clock
  random?: () => number
}

interface Held {
  readonly armed: ArmedFault
  readonly cancelTimer: CancelTimer
}

export class Faults {
  readonly #onStrike: FaultsOptions['onStrike']
  readonly #clock: Clock
  readonly #random: () => number
  readonly #held = new Map<string, Held>()
  #current: FaultSet = FaultSet.none

  constructor({ onStrike, clock = systemClock, random = Math.random }: FaultsOptions = {}) {
    this.#onStrike = onStrike
    this.#clock = clock
    this.#random = random
  }

  /** Read anew for each request: it is replaced, never changed. */
  get current(): FaultSet {
    return this.#current
  }

  /** What happens to this request or call; undefined for nothing. */
  strike(subject: FaultSubject): Strike | undefined {
    const armed = this.#current[subject.side]
    if (armed.length === 0) return undefined
    const blow = strike(armed, subject)
    if (blow !== undefined) this.#onStrike?.(blow, subject)
    return blow
  }

  /** From now on these, and no others. One that is there already goes on as it was, with its own chance. */
  adopt(faults: readonly TimedFault[]): void {
    const wanted = new Set(faults.map(({ id }) => id))
    for (const id of [...this.#held.keys()]) if (!wanted.has(id)) this.#drop(id)
    for (const fault of faults) if (!this.#held.has(fault.id)) this.#arm(fault)
    this.#publish()
  }

  #arm({ id, fault, leftMs }: TimedFault): void {
    const cancelTimer = this.#clock.schedule(leftMs, () => {
      this.#drop(id)
      this.#publish()
    })
    this.#held.set(id, { armed: new ArmedFault(id, fault, this.#random), cancelTimer })
  }

  #drop(id: string): void {
    this.#held.get(id)?.cancelTimer()
    this.#held.delete(id)
  }

  #publish(): void {
    const armed = Array.from(this.#held.values(), (held) => held.armed)
    this.#current = armed.length === 0 ? FaultSet.none : new FaultSet(armed)
    noteFaultyCalls(this, this.#current.calls.length > 0)
  }
}
