/** What callers see of a fault. It says so: nobody shall look for a defect where there is none. */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Strike } from './fault-set.ts'

/** For `error`: its code and status; for `abort`: the code of a connection that was lost. */
export function faultError({ end, ids }: Strike): ServiceError {
  const details = { faults: ids }
  if (end?.kind === 'error') {
    const { code, status = 503 } = end
    const message = 'This error was injected on purpose.'
    if (code === undefined) return new ServiceError('FAULT_INJECTED', message, { status, details })
    return new ServiceError(code, message, { status, details })
  }
  return new ServiceError('FAULT_ABORTED', 'The connection was reset on purpose.', { status: 503, details })
}
