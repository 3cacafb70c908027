/** RefusedError: a policy said no before the call was made, so nothing has happened and nothing need be undone. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface RefusedErrorOptions {
  /** HTTP status that fits. Default 503. */
  status?: number
  /** When it may be worth asking again, in milliseconds from now. It goes to the caller in `details` and as `Retry-After`. */
  retryAfterMs?: number | undefined
}

export class RefusedError extends ServiceError {
  override readonly name: string = 'RefusedError'
  readonly retryAfterMs: number | undefined

  constructor(code: string, message: string, { status = 503, retryAfterMs }: RefusedErrorOptions = {}) {
    super(
      code,
      message,
      retryAfterMs === undefined ? { status } : { status, details: { retryAfterMs: Math.ceil(retryAfterMs) } },
    )
    this.retryAfterMs = retryAfterMs
  }
}
