/** What can be wrong with a schedule. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export function badSchedule(problem: string, cause?: unknown): ServiceError {
  return new ServiceError('BAD_SCHEDULE', `A job cannot be scheduled like this: ${problem}.`, { cause })
}

/** Its holder slept beyond its lease, and another process began the run anew: what this one would write is not written. */
export function runTakenOver(job: string): ServiceError {
  return new ServiceError(
    'RUN_TAKEN_OVER',
    `Another process has taken over this run of job '${job}'; nothing was written.`,
    { status: 409, retryable: false },
  )
}
