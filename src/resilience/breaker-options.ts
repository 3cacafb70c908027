/** What both kinds of breakers are told: whose outcomes they count, how those are judged, and how far back they look. */
import type { Clock } from '../foundation/clock/clock.ts'
import { checkNumber } from './bad-policy.ts'
import type { Outcome } from './outcome.ts'
import type { CallScope } from './policy.ts'

export interface CommonBreakerOptions {
  /** In events, metrics and errors. Default what it is: `breaker`, `adaptive-breaker`. */
  name?: string
  /** How far back it looks. Default 10,000. */
  windowMs?: number
  /** Parts of the window; older ones leave one by one. Default 10, of an adaptive one 40. */
  buckets?: number
  /** One state for each key. Default: the key of the call. */
  keyOf?: (scope: CallScope) => string
  /** Default 1,000; one too many forgets the key that was used longest ago, those without failures first. */
  maxKeys?: number
  /** What an error says about the dependency. Default: `outcomeOf`. */
  outcomeOf?: (error: unknown) => Outcome
  clock?: Clock
}

/** @throws ServiceError BAD_POLICY for what is out of range. */
export function checkCommonRules({
  windowMs,
  buckets,
  maxKeys,
}: Required<Pick<CommonBreakerOptions, 'windowMs' | 'buckets' | 'maxKeys'>>): void {
  checkNumber('windowMs', windowMs, { min: 1 })
  checkNumber('buckets', buckets, { min: 1, max: 1_000, whole: true })
  checkNumber('maxKeys', maxKeys, { min: 1, whole: true })
}

export function ownKey(scope: CallScope): string {
  return scope.key
}
