/** accessLog: one line for each answer. The query is left out: it carries what people type, and secrets. */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { HttpContext } from '../http/context.ts'
import { type ObserverLayer, observer } from '../http/observer.ts'
import type { Logger, LogLevel } from '../telemetry/logger.ts'

export interface AccessLogOptions {
  log: Logger
  /** Answers below 500 are told at this level; default `info`. 5xx are `warn`. */
  level?: LogLevel
  /** Requests that are not told, such as those of a noisy poller; default none. */
  skip?: (c: HttpContext) => boolean
  clock?: Clock
}

/** The duration is that of the handler and the layers inside; a streamed body goes on after the line. */
export function accessLog({ log, level = 'info', skip, clock = systemClock }: AccessLogOptions): ObserverLayer {
  return observer<number | undefined>('accessLog', (route) => ({
    enter: (c) => (!log.isEnabled(level) || skip?.(c) ? undefined : clock.monotonic()),
    leave(c, { status }, startedMs) {
      if (startedMs === undefined) return
      log.log(status >= 500 ? 'warn' : level, 'request', {
        method: c.method,
        path: c.path,
        route: route?.path,
        status,
        duration_ms: Math.round((clock.monotonic() - startedMs) * 1_000) / 1_000,
        ip: c.ip,
        request_id: c.id,
      })
    },
  }))
}
