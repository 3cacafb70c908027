/** What can go wrong with locks. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export function lockBusy(key: string, waitMs: number): ServiceError {
  return new ServiceError('LOCK_BUSY', `The lock '${key}' was held by another for all of ${Math.round(waitMs)} ms.`, {
    status: 503,
  })
}

export function leaseLost(key: string, why: string): ServiceError {
  return new ServiceError('LEASE_LOST', `The lease of '${key}' was lost: ${why}. Another may hold the lock now.`, {
    status: 503,
  })
}

export function staleToken(resource: string, token: number): ServiceError {
  return new ServiceError(
    'STALE_TOKEN',
    `A write to '${resource}' with fencing token ${token} was refused: a later holder of the lock has written already.`,
    { status: 409 },
  )
}

export function badLock(problem: string): ServiceError {
  return new ServiceError('BAD_LOCK', `${problem}.`)
}
