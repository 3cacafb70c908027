/**
 * recover: whatever is thrown inside becomes an answer, and is logged once.
 *
 *   throw ─▶ app's onError or problem ─▶ answer with code, trace id and time; text of unknown errors stays inside
 *         └▶ one log line: `error` for 5xx, `debug` for what the caller did wrong
 */
import { toServiceError } from '../foundation/errors/service-error.ts'
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { type Observer, observer } from '../http/observer.ts'
import type { Logger } from '../telemetry/logger.ts'
import { currentSpan } from '../telemetry/tracer.ts'

export interface RecoverOptions {
  /** Where faults are told; the logger decides whether a stack belongs in the line. */
  log: Logger
}

/** Put it outside of everything that may throw, and inside of what counts and times answers. */
export function recover({ log }: RecoverOptions): Middleware {
  const recovering: Observer = {
    fail(c, thrown) {
      tell(log, c, thrown)
      return c.fail(thrown)
    },
  }
  return observer('recover', () => recovering)
}

function tell(log: Logger, c: HttpContext, thrown: unknown): void {
  const error = toServiceError(thrown)
  const level = error.status >= 500 ? 'error' : 'debug'
  // Why an answer is 5xx is the span's to say; the layer that made it sees only the status.
  if (error.status >= 500) c.context.get(currentSpan)?.fail(thrown)
  if (!log.isEnabled(level)) return
  log.log(level, 'request failed', {
    error: thrown,
    code: error.code,
    method: c.method,
    route: c.route?.path,
    request_id: c.id,
  })
}
