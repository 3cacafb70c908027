/**
 * ServiceError: the one error that crosses a boundary.
 *
 *   throw anything ──▶ toServiceError ──▶ problem (HTTP) │ status (gRPC) │ ack, retry, dead-letter (messages)
 *
 * What a caller may see is decided here and only here: the message and details of a `ServiceError` are public, those of
 * any other throw are not.
 */

export interface ServiceErrorOptions {
  /** HTTP status that fits the error; other protocols derive theirs from it. Default 500. */
  status?: number
  /** Whether the same call may succeed later without a change. Default: true for 429, 502, 503 and 504. */
  retryable?: boolean
  /** Facts for the caller, JSON only. They are sent over the wire: no secret, no whole value. */
  details?: ErrorDetails
  /** What went wrong underneath; logged, never sent. */
  cause?: unknown
}

export type ErrorDetails = Readonly<Record<string, unknown>>

export class ServiceError extends Error {
  override readonly name: string = 'ServiceError'
  /** Stable, documented, `UPPER_SNAKE_CASE`; programs branch on it. */
  readonly code: string
  readonly status: number
  readonly retryable: boolean
  readonly details: ErrorDetails | undefined

  constructor(code: string, message: string, { status = 500, retryable, details, cause }: ServiceErrorOptions = {}) {
    super(message, cause === undefined ? undefined : { cause })
    this.code = code
    this.status = status
    this.retryable = retryable ?? isRetryableStatus(status)
    this.details = details
  }
}

/** The boundary: any thrown value becomes a `ServiceError`; what is not one already is `INTERNAL` and keeps its text private. */
export function toServiceError(thrown: unknown): ServiceError {
  if (thrown instanceof ServiceError) return thrown
  return new ServiceError('INTERNAL', 'The service failed to handle this request.', { cause: thrown })
}

/** True where the error says so itself; an unknown error is not retried, because its effect is unknown. */
export function isRetryable(thrown: unknown): boolean {
  return thrown instanceof ServiceError && thrown.retryable
}

function isRetryableStatus(status: number): boolean {
  return status === 429 || status === 502 || status === 503 || status === 504
}
