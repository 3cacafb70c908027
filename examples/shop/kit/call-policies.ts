/** What stands around every call from one service of the shop to another. */
import { isSafeToRepeat } from 'genever/client'
import { breaker, type Policy, RetryBudget, retry, timeout } from 'genever/resilience'

/**
 *   call ─▶ retry ─▶ breaker ─▶ timeout ─▶ the other service
 *
 * An operation that fails half of the time is not called for a second, so that the service behind it can come back, and those
 * who ask get their answer at once. Who says «come back in two seconds» is not asked again here: that is for whoever stands at
 * the other end.
 *
 * @param timeoutMs For one attempt; default what is left of the request's time, which all attempts share.
 */
export function callPolicies(service: string, timeoutMs?: number): Policy[] {
  return [
    retry({
      name: service,
      budget: new RetryBudget(),
      baseDelayMs: 20,
      maxDelayMs: 200,
      isRetryable: isSafeToRepeat,
    }),
    breaker({ name: service, minCalls: 5, windowMs: 5_000, openMs: 1_000 }),
    ...(timeoutMs === undefined ? [] : [timeout({ name: service, timeoutMs })]),
  ]
}
