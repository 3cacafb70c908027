/** What stands around every call of a client where nobody says otherwise. */
import type { Clock } from '../foundation/clock/clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { adaptiveBreaker } from '../resilience/adaptive-breaker.ts'
import type { CallScope, Policy } from '../resilience/policy.ts'
import { isWorthRetrying, retry } from '../resilience/retry.ts'
import { RetryBudget } from '../resilience/retry-budget.ts'
import { AnswerError } from './decode-answer.ts'

export interface DefaultPolicyOptions {
  /** Of the service that is called; it stands in errors, events and metrics. */
  readonly upstream: string
  readonly clock: Clock
  readonly random?: () => number
}

/**
 * Two repetitions at most, of what may be repeated, for at most a tenth more load; and for each operation an adaptive breaker.
 * The time limit is the deadline of the call, which all attempts share.
 */
export function defaultPolicies({ upstream, clock, random = Math.random }: DefaultPolicyOptions): Policy[] {
  const budget = new RetryBudget({ clock })
  return [
    retry({ name: upstream, budget, isRetryable: isSafeToRepeat, random }),
    adaptiveBreaker({ name: upstream, clock, random }),
  ]
}

/** Besides idempotent calls, any for which nothing was done: it did not reach a server, or was turned away at its door. */
export function isSafeToRepeat(error: unknown, scope: Pick<CallScope, 'idempotent'>): boolean {
  if (isWorthRetrying(error, scope)) return true
  return error instanceof AnswerError ? error.wasTurnedAway : error instanceof ServiceError && unsent.has(error.code)
}

const unsent = new Set(['CONNECT_FAILED', 'CONNECT_TIMEOUT'])
