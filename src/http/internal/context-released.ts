import { ServiceError } from '../../foundation/errors/service-error.ts'

/** What the use of a request's context after its answer is met with. */
export function contextReleased(): ServiceError {
  return new ServiceError(
    'CONTEXT_RELEASED',
    'This request has been answered and its context is over. Await the work before answering, or give it c.detach().',
  )
}
