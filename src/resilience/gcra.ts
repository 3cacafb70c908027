/**
 * GCRA, the generic cell rate algorithm (ITU-T I.371): a rate limit in one number, the theoretical arrival time (tat).
 *
 *   ──────now────────────tat──────▶ time      every call moves tat on by one interval; it may lie ahead of now by
 *          └── at most ───┘                   burst intervals, and never lies behind it
 *               burst
 *
 * A pure function: the store keeps the number, under whatever atomicity it has.
 */
import type { LimitDecision, LimitRule } from './limiter-store.ts'

export interface CellRate {
  readonly tatMs: number
  readonly decision: LimitDecision
}

/** Sums of intervals miss the whole by this much at most. */
const toleranceMs = 1e-6

/** `tatMs`: what the last call left; undefined for a key that is new. */
export function cellRate(tatMs: number | undefined, nowMs: number, rule: LimitRule, cost: number): CellRate {
  const intervalMs = rule.windowMs / rule.limit
  const capacityMs = rule.burst * intervalMs
  const fromMs = tatMs === undefined || tatMs < nowMs ? nowMs : tatMs
  const nextMs = fromMs + cost * intervalMs
  const waitMs = nextMs - capacityMs - nowMs
  if (waitMs > toleranceMs) {
    const retryAfterMs = cost > rule.burst ? Number.POSITIVE_INFINITY : waitMs
    return { tatMs: fromMs, decision: decide(false, fromMs - nowMs, capacityMs, intervalMs, retryAfterMs) }
  }
  return { tatMs: nextMs, decision: decide(true, nextMs - nowMs, capacityMs, intervalMs, 0) }
}

function decide(
  isAllowed: boolean,
  aheadMs: number,
  capacityMs: number,
  intervalMs: number,
  retryAfterMs: number,
): LimitDecision {
  const remaining = Math.max(0, Math.floor((capacityMs - aheadMs + toleranceMs) / intervalMs))
  return { isAllowed, remaining, retryAfterMs, resetMs: aheadMs }
}
