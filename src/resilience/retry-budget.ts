/**
 * RetryBudget: how much extra load repetitions may make, whatever fails.
 *
 *   each call pays in `ratio` tokens ─▶ [ bucket ] ─▶ each repetition takes one, or is not made
 *
 * A dead dependency thus sees at most 1 + ratio times the load, not `attempts` times. Over any time: repetitions ≤
 * ratio × calls + reserve + minPerSecond × seconds.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { checkNumber } from './bad-policy.ts'

export interface RetryBudgetOptions {
  /** Extra load as a share of the calls. Default 0.1. */
  ratio?: number
  /** Repetitions that are saved up at most, and there at the start. Default 10. */
  reserve?: number
  /** For those who call so seldom that a share of it is nothing. Default 0.1. */
  minPerSecond?: number
  clock?: Clock
}

export class RetryBudget {
  readonly #ratio: number
  readonly #reserve: number
  readonly #minPerMs: number
  readonly #clock: Clock
  #tokens: number
  #updatedMs: number

  constructor({ ratio = 0.1, reserve = 10, minPerSecond = 0.1, clock = systemClock }: RetryBudgetOptions = {}) {
    checkNumber('ratio', ratio, { min: 0, max: 1 })
    checkNumber('reserve', reserve, { min: 1 })
    checkNumber('minPerSecond', minPerSecond, { min: 0 })
    this.#ratio = ratio
    this.#reserve = reserve
    this.#minPerMs = minPerSecond / 1_000
    this.#clock = clock
    this.#tokens = reserve
    this.#updatedMs = clock.monotonic()
  }

  /** Repetitions that it would pay for now. */
  get tokens(): number {
    return this.#tokens
  }

  /** A call was made. */
  deposit(): void {
    if (this.#tokens < this.#reserve) this.#tokens = Math.min(this.#reserve, this.#tokens + this.#ratio)
  }

  /** Whether a repetition may be made; if so, it is paid for. */
  tryWithdraw(): boolean {
    const nowMs = this.#clock.monotonic()
    this.#tokens = Math.min(this.#reserve, this.#tokens + (nowMs - this.#updatedMs) * this.#minPerMs)
    this.#updatedMs = nowMs
    // Ten deposits of 0.1 are a hair less than one.
    if (this.#tokens < 1 - 1e-9) return false
    this.#tokens -= 1
    return true
  }
}
