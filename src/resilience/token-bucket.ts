/**
 * TokenBucket: `ratePerSecond` on average, `burst` at once.
 *
 *   ratePerSecond ─▶ [ at most burst tokens ] ─▶ tryTake(cost)
 *
 * For what is counted in this process alone and without keys; `rateLimit()` is the policy with keys and a store. It decides as
 * the generic cell rate algorithm in gcra.ts does, which keeps one number where this keeps two.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { checkNumber } from './bad-policy.ts'

export interface TokenBucketOptions {
  ratePerSecond: number
  /** Default: the tokens of one second, at least 1. */
  burst?: number
  clock?: Clock
}

/** Sums of parts of tokens miss whole numbers by this much at most. */
const tolerance = 1e-9

export class TokenBucket {
  readonly ratePerSecond: number
  readonly burst: number
  readonly #clock: Clock
  #tokens: number
  #updatedMs: number

  /** @throws ServiceError BAD_POLICY for a rate that is not above 0, or a burst below 1. */
  constructor({ ratePerSecond, burst = Math.max(1, ratePerSecond), clock = systemClock }: TokenBucketOptions) {
    checkNumber('ratePerSecond', ratePerSecond, { min: Number.MIN_VALUE })
    checkNumber('burst', burst, { min: 1 })
    this.ratePerSecond = ratePerSecond
    this.burst = burst
    this.#clock = clock
    this.#tokens = burst
    this.#updatedMs = clock.monotonic()
  }

  get tokens(): number {
    this.#refill()
    return this.#tokens
  }

  /** Takes all of the cost or nothing. */
  tryTake(cost: number = 1): boolean {
    this.#refill()
    if (this.#tokens + tolerance < cost) return false
    this.#tokens -= cost
    return true
  }

  /** Milliseconds until `cost` tokens are there; 0 when they are, `Infinity` for more than the burst. */
  waitMs(cost: number = 1): number {
    if (cost > this.burst) return Number.POSITIVE_INFINITY
    this.#refill()
    return Math.max(0, ((cost - this.#tokens) * 1_000) / this.ratePerSecond)
  }

  #refill(): void {
    const nowMs = this.#clock.monotonic()
    const gained = ((nowMs - this.#updatedMs) * this.ratePerSecond) / 1_000
    this.#tokens = Math.min(this.burst, this.#tokens + gained)
    this.#updatedMs = nowMs
  }
}
