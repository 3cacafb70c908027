/**
 * Retry: call again after a failure that may pass.
 *
 *   call ──ok──▶ result
 *     └─error─▶ worth it? attempts left? time left? budget left? ──no──▶ throw it unchanged
 *                                └─yes─▶ sleep(full jitter, not before Retry-After) ─▶ call again
 *
 * What it gives up is the last word: who called this service is told not to ask again.
 */

import { sleep } from '../concurrency/sleep.ts'
import { isRetryable } from '../foundation/errors/service-error.ts'
import { checkNumber } from './bad-policy.ts'
import { noteLastWord } from './last-word.ts'
import { type CallScope, type Inside, NamedPolicy, type Policy } from './policy.ts'
import { RefusedError } from './refused-error.ts'
import { retryAfterMsOf } from './retry-after.ts'
import { RetryBudget } from './retry-budget.ts'

export interface RetryOptions {
  /** Calls in total, the first one included. Default 3. */
  attempts?: number
  /** Longest wait before the second call; the limit doubles from there. Default 100. */
  baseDelayMs?: number
  /** No wait is longer than this; one who asks for more by Retry-After is not waited for. Default 10,000. */
  maxDelayMs?: number
  /** Shared by all calls that the policy stands around; give one to share it further. */
  budget?: RetryBudget
  /** Whether to repeat after this error. Default: `isWorthRetrying`. */
  isRetryable?: (error: unknown, scope: CallScope) => boolean
  random?: () => number
  name?: string
}

/** @throws ServiceError BAD_POLICY for attempts that are no whole number from 1, or negative delays. */
export function retry(options: RetryOptions = {}): Policy {
  return new Retry(options)
}

/**
 * A retryable error of a call that may be made twice. What was refused here, before the call, is not asked again: an open
 * breaker or a full bulkhead stays so for now; only a rate limit is worth the wait that it names.
 */
export function isWorthRetrying(error: unknown, scope: Pick<CallScope, 'idempotent'>): boolean {
  if (error instanceof RefusedError) return error.code === 'RATE_LIMITED'
  return scope.idempotent && isRetryable(error)
}

/** Longest wait behind this attempt. */
export function backoffLimitMs(attempt: number, baseDelayMs: number, maxDelayMs: number): number {
  return Math.min(maxDelayMs, baseDelayMs * 2 ** (attempt - 1))
}

export interface DelayFacts {
  readonly attempt: number
  readonly baseDelayMs: number
  readonly maxDelayMs: number
  /** What the one who was called asks for. */
  readonly retryAfterMs: number | undefined
  /** From 0 to 1. */
  readonly random: number
}

/** Full jitter: clients that failed together must not come back together, not even at the moment that they were all told. */
export function retryDelayMs({ attempt, baseDelayMs, maxDelayMs, retryAfterMs = 0, random }: DelayFacts): number {
  return retryAfterMs + random * backoffLimitMs(attempt, baseDelayMs, maxDelayMs)
}

class Retry extends NamedPolicy {
  readonly #attempts: number
  readonly #baseDelayMs: number
  readonly #maxDelayMs: number
  readonly #budget: RetryBudget
  readonly #isRetryable: (error: unknown, scope: CallScope) => boolean
  readonly #random: () => number

  constructor({
    attempts = 3,
    baseDelayMs = 100,
    maxDelayMs = 10_000,
    budget = new RetryBudget(),
    isRetryable: isWorth = isWorthRetrying,
    random = Math.random,
    name,
  }: RetryOptions) {
    checkNumber('attempts', attempts, { min: 1, whole: true })
    checkNumber('baseDelayMs', baseDelayMs, { min: 0 })
    checkNumber('maxDelayMs', maxDelayMs, { min: 0 })
    super('retry', name)
    this.#attempts = attempts
    this.#baseDelayMs = baseDelayMs
    this.#maxDelayMs = maxDelayMs
    this.#budget = budget
    this.#isRetryable = isWorth
    this.#random = random
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    this.#budget.deposit()
    for (let attempt = 1; ; attempt++) {
      try {
        return await inside(attempt === 1 ? scope : { ...scope, attempt })
      } catch (error) {
        await sleep(this.#delayOrThrow(error, attempt, scope), scope.context)
      }
    }
  }

  /** @throws the error itself where it is the last word. */
  #delayOrThrow(error: unknown, attempt: number, scope: CallScope): number {
    if (scope.context.cancelled !== undefined || !this.#isRetryable(error, scope)) {
      // A breaker that refuses here refuses the next request as well.
      if (error instanceof RefusedError) noteLastWord(error)
      throw error
    }
    const retryAfterMs = retryAfterMsOf(error)
    const delayMs = retryDelayMs({
      attempt,
      baseDelayMs: this.#baseDelayMs,
      maxDelayMs: this.#maxDelayMs,
      retryAfterMs,
      random: this.#random(),
    })
    const isTooLate = delayMs >= scope.context.remainingMs() || (retryAfterMs ?? 0) > this.#maxDelayMs
    const why = attempt >= this.#attempts ? 'attempts' : isTooLate ? 'deadline' : undefined
    // The budget comes last: it is charged only for what is then done.
    const reason = why ?? (this.#budget.tryWithdraw() ? undefined : 'budget')
    if (reason === undefined) {
      this.tell(scope.key, { kind: 'retried', attempt, delayMs, error })
      return delayMs
    }
    this.tell(scope.key, { kind: 'gave-up', attempt, why: reason, error })
    if (this.#attempts > 1) noteLastWord(error)
    throw error
  }
}
