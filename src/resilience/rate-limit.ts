/**
 * Rate limit: so many calls in a time, for each key.
 *
 *   call ─▶ store.take(key) ──allowed──▶ call
 *                └─not─▶ may it wait, and is there time? ──no──▶ RATE_LIMITED, with when to come back
 *                                └─yes─▶ sleep ─▶ take again
 */
import { sleep } from '../concurrency/sleep.ts'
import { checkNumber } from './bad-policy.ts'
import { ownKey } from './breaker-options.ts'
import type { LimitDecision, LimiterStore, LimitRule } from './limiter-store.ts'
import { type CallScope, type Inside, NamedPolicy } from './policy.ts'
import { RefusedError } from './refused-error.ts'
import { memoryLimiterStore } from './stores/memory.ts'

export interface RateLimitOptions {
  /** Calls for each window on average. */
  limit: number
  /** Default 1,000. */
  windowMs?: number
  /** Calls at once after a pause. Within any one window up to limit + burst pass. Default: the limit, at least 1. */
  burst?: number
  /** One limit for each key, such as tenant or route. Default: the key of the call. */
  keyOf?: (scope: CallScope) => string
  /** What the call costs, a whole number from 1. Default 1. */
  costOf?: (scope: CallScope) => number
  /** How long a call may wait for its turn instead of being refused: for calls to others, who set the limit. Default 0. */
  maxWaitMs?: number
  /** Default: in memory, for 10,000 keys. */
  store?: LimiterStore
  name?: string
}

/** @throws ServiceError BAD_POLICY for options out of range. The policy throws RATE_LIMITED (429). */
export function rateLimit(options: RateLimitOptions): RateLimit {
  return new RateLimit(options)
}

export class RateLimit extends NamedPolicy {
  readonly rule: LimitRule
  readonly #store: LimiterStore
  readonly #keyOf: (scope: CallScope) => string
  readonly #costOf: (scope: CallScope) => number
  readonly #maxWaitMs: number

  /** Use `rateLimit()`. */
  constructor({
    limit,
    windowMs = 1_000,
    burst = Math.max(1, limit),
    keyOf = ownKey,
    costOf = costOfOne,
    maxWaitMs = 0,
    store = memoryLimiterStore(),
    name,
  }: RateLimitOptions) {
    checkNumber('limit', limit, { min: Number.MIN_VALUE })
    checkNumber('windowMs', windowMs, { min: 1 })
    checkNumber('burst', burst, { min: 1 })
    checkNumber('maxWaitMs', maxWaitMs, { min: 0 })
    super('rate-limit', name)
    this.rule = { limit, windowMs, burst }
    this.#store = store
    this.#keyOf = keyOf
    this.#costOf = costOf
    this.#maxWaitMs = maxWaitMs
  }

  async run<T>(scope: CallScope, inside: Inside<T>): Promise<T> {
    const key = this.#keyOf(scope)
    const taken = this.take(key, this.#costOf(scope))
    const decision = taken instanceof Promise ? await taken : taken
    if (!decision.isAllowed) await this.#waitOrThrow(key, decision, scope)
    return inside(scope)
  }

  /** Decides without a call around it: for those who answer with the decision's headers. */
  take(key: string = '', cost: number = 1): LimitDecision | Promise<LimitDecision> {
    return this.#store.take(key, this.rule, cost)
  }

  async #waitOrThrow(key: string, first: LimitDecision, scope: CallScope): Promise<void> {
    const { context } = scope
    const untilMs = context.clock.monotonic() + this.#maxWaitMs
    let decision = first
    while (!decision.isAllowed) {
      const wakeMs = context.clock.monotonic() + decision.retryAfterMs
      if (wakeMs > untilMs || wakeMs >= context.deadlineMs) throw this.#refuse(key, decision)
      await sleep(decision.retryAfterMs, context)
      decision = await this.take(key, this.#costOf(scope))
    }
  }

  #refuse(key: string, { retryAfterMs }: LimitDecision): RefusedError {
    const { limit, windowMs } = this.rule
    const error = new RefusedError('RATE_LIMITED', `More than ${limit} calls in ${windowMs} ms; come back later.`, {
      status: 429,
      retryAfterMs: Number.isFinite(retryAfterMs) ? retryAfterMs : undefined,
    })
    this.tell(key, { kind: 'refused', error })
    return error
  }
}

function costOfOne(): number {
  return 1
}
