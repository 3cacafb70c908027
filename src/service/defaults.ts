/** The layers that every service has unless it says otherwise, outermost first. Adding one is one line here. */
import type { Clock } from '../foundation/clock/clock.ts'
import type { Middleware } from '../http/middleware.ts'
import { observer } from '../http/observer.ts'
import { type AccessLogOptions, accessLog } from '../middleware/access-log.ts'
import { metrics } from '../middleware/metrics.ts'
import { recover } from '../middleware/recover.ts'
import { requestId } from '../middleware/request-id.ts'
import { tracing } from '../middleware/tracing.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import type { Propagator } from '../telemetry/propagation.ts'
import type { Tracer } from '../telemetry/tracer.ts'

/** Each may be left out with `false`. */
export interface DefaultMiddleware {
  /** Continues the caller's W3C trace. */
  readonly tracing?: boolean
  /** `x-request-id`, the caller's or a new one. */
  readonly requestId?: boolean
  /** One line for each request; default in development only, because production has metrics and traces for it. */
  readonly accessLog?: boolean
  /** Rate, errors and duration of each route. */
  readonly metrics?: boolean
  /** Logs what was thrown, once, and answers it. Without it errors are answered too, but nobody is told. */
  readonly recover?: boolean
  /** Has requests fail on purpose where that is allowed; costs nothing where it is not. */
  readonly faults?: boolean
}

export interface DefaultMiddlewareParts {
  readonly log: Logger
  readonly meter: Meter
  readonly tracer: Tracer & Propagator
  readonly clock: Clock
  readonly faults: Middleware
  /** Whether requests are logged where the service does not say; asked when a route is first used. */
  logsRequests(): boolean
}

export function defaultMiddleware(wanted: DefaultMiddleware, parts: DefaultMiddlewareParts): Middleware[] {
  const { clock, faults, log, meter, tracer, logsRequests } = parts
  const layers: Record<keyof DefaultMiddleware, () => Middleware> = {
    tracing: () => tracing({ tracer, propagator: tracer }),
    requestId: () => requestId(),
    accessLog: () => accessLogIf(wanted.accessLog === undefined ? logsRequests : always, { log, clock }),
    metrics: () => metrics({ meter, clock }),
    recover: () => recover({ log }),
    faults: () => faults,
  }
  return Object.entries(layers).flatMap(([name, make]) =>
    wanted[name as keyof DefaultMiddleware] === false ? [] : [make()],
  )
}

/** Where nothing is to be logged no request is asked whether it is. */
function accessLogIf(isWanted: () => boolean, options: AccessLogOptions): Middleware {
  const layer = accessLog(options)
  return observer('accessLog', (route) => (isWanted() ? layer.prepare(route) : {}))
}

function always(): boolean {
  return true
}
