/** Memory: the counts of this process, for so many keys. A key whose limit is whole again takes no room from others. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { checkNumber } from '../bad-policy.ts'
import { cellRate } from '../gcra.ts'
import type { LimitDecision, LimiterStore, LimitRule } from '../limiter-store.ts'

export interface MemoryLimiterStoreOptions {
  /** Beyond them the key that was asked for longest ago is forgotten, and so has its limit again. Default 10,000. */
  maxKeys?: number
  clock?: Clock
}

/** @throws ServiceError BAD_POLICY for less than one key. */
export function memoryLimiterStore(options: MemoryLimiterStoreOptions = {}): LimiterStore {
  return new MemoryLimiterStore(options)
}

class MemoryLimiterStore implements LimiterStore {
  readonly #arrivals = new Map<string, number>()
  readonly #maxKeys: number
  readonly #clock: Clock

  constructor({ maxKeys = 10_000, clock = systemClock }: MemoryLimiterStoreOptions) {
    checkNumber('maxKeys', maxKeys, { min: 1, whole: true })
    this.#maxKeys = maxKeys
    this.#clock = clock
  }

  take(key: string, rule: LimitRule, cost: number): LimitDecision {
    const nowMs = this.#clock.monotonic()
    const known = this.#arrivals.get(key)
    const { tatMs, decision } = cellRate(known, nowMs, rule, cost)
    if (known === undefined) this.#makeRoom(nowMs)
    // The order of use matters only when keys may have to go.
    else if (this.#arrivals.size * 2 > this.#maxKeys) this.#arrivals.delete(key)
    this.#arrivals.set(key, tatMs)
    return decision
  }

  /** The oldest go: those that are whole again, and one more if that was none. */
  #makeRoom(nowMs: number): void {
    if (this.#arrivals.size < this.#maxKeys) return
    for (const [key, tatMs] of this.#arrivals) {
      if (tatMs > nowMs && this.#arrivals.size < this.#maxKeys) return
      this.#arrivals.delete(key)
    }
  }
}
