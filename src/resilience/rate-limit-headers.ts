/**
 * What a caller is told about its limit: the fields `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-11,
 * structured fields), and `Retry-After` where it was refused.
 *
 *   RateLimit-Policy: "default";q=100;w=60        100 in 60 seconds
 *   RateLimit: "default";r=12;t=5                 12 left, the whole again in 5 seconds
 */
import { badPolicyError } from './bad-policy.ts'
import type { LimitDecision, LimitRule } from './limiter-store.ts'
import { formatRetryAfter } from './retry-after.ts'

export type RateLimitFields = readonly (readonly [name: string, value: string])[]

/**
 * Seconds are rounded up, so that who waits for them is not refused again. Where a call was refused, the reset is the moment
 * of `Retry-After`, as the draft asks for.
 *
 * @throws ServiceError BAD_POLICY for a name that is not printable ASCII: it could not stand in a header.
 */
export function rateLimitFields(name: string, rule: LimitRule, decision: LimitDecision): RateLimitFields {
  const item = quoted(name)
  const { isAllowed, remaining, retryAfterMs, resetMs } = decision
  const fields: [string, string][] = [
    ['RateLimit-Policy', `${item};q=${Math.floor(rule.limit)};w=${Math.ceil(rule.windowMs / 1_000)}`],
    ['RateLimit', `${item};r=${remaining};t=${seconds(isAllowed ? resetMs : retryAfterMs)}`],
  ]
  if (!isAllowed && Number.isFinite(retryAfterMs)) fields.push(['Retry-After', formatRetryAfter(retryAfterMs)])
  return fields
}

/** An sf-string (RFC 9651, section 3.3.3). */
function quoted(name: string): string {
  if (!/^[\x20-\x7e]+$/.test(name)) throw badPolicyError('The name of a rate limit is printable ASCII.')
  return `"${name.replace(/[\\"]/g, '\\$&')}"`
}

/** An sf-integer has 15 digits at most. */
function seconds(ms: number): number {
  return Math.min(999_999_999_999_999, Math.ceil(ms / 1_000))
}
