/** LimiterStore: where the counts of a rate limit are kept: in this process, or where several processes share them. */

export interface LimitRule {
  /** Calls for each window on average. */
  readonly limit: number
  readonly windowMs: number
  /** Calls at once, when nothing was asked for a while; from 1. */
  readonly burst: number
}

export interface LimitDecision {
  readonly isAllowed: boolean
  /** Calls that would be allowed right now, after this one. */
  readonly remaining: number
  /** Until a call of this cost is allowed; 0 if this one was, `Infinity` if its cost is above the burst. */
  readonly retryAfterMs: number
  /** Until the whole burst is there again. */
  readonly resetMs: number
}

export interface LimiterStore {
  /**
   * Takes `cost` (a whole number from 1) from the key's limit, all of it or nothing. A store that answers from memory answers
   * without a promise. Rules belong to keys: one key is always asked for with the same rule.
   */
  take(key: string, rule: LimitRule, cost: number): LimitDecision | Promise<LimitDecision>
}
