/** tracing: a server span around the request, continuing the caller's trace. */
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { observer } from '../http/observer.ts'
import { type Propagator, w3cPropagator } from '../telemetry/propagation.ts'
import { currentSpan, type Span, type Tracer } from '../telemetry/tracer.ts'

export interface TracingOptions {
  tracer: Tracer
  /** How the caller's trace is read; default W3C Trace Context. */
  propagator?: Propagator
}

/** Put it outermost: log lines and calls below carry the ids of its span. */
export function tracing({ tracer, propagator = w3cPropagator }: TracingOptions): Middleware {
  return observer<Span>('tracing', (route) => ({
    enter(c) {
      const parent = propagator.extract(c.raw)
      const span = tracer.start(spanName(c, route?.path), { kind: 'server', parent })
      c.context.set(currentSpan, span)
      return span
    },
    leave(_c, { status }, span) {
      span.set('http.response.status_code', status)
      span.end()
    },
    fail(_c, error, span) {
      span.fail(error)
      span.end()
      throw error
    },
  }))
}

/** OpenTelemetry's convention: method and route, never the path, whose variety has no bound. */
function spanName({ method }: HttpContext, path: string | undefined): string {
  return path === undefined ? method : `${method} ${path}`
}
