/** Outcome: what a result says about the health of the one who was called. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { RefusedError } from './refused-error.ts'

/**
 * - `success`: it answered, if only to say that the request was wrong.
 * - `failure`: it did not answer, answered with 5xx, or too late.
 * - `ignored`: says nothing about it: the caller gave up, a policy further in refused, or a limit (429) that is this caller's own.
 */
export type Outcome = 'success' | 'failure' | 'ignored'

export function outcomeOf(error: unknown): Outcome {
  if (error instanceof RefusedError) return 'ignored'
  if (!(error instanceof ServiceError)) return 'failure'
  if (error.status === 429 || error.status === 499) return 'ignored'
  return error.status >= 500 ? 'failure' : 'success'
}
