/** tracing: a server span around the request, continuing the caller's trace. */
import type { HttpContext } from '../http/context.ts'
import { type Middleware, nextThen } from '../http/middleware.ts'
import type { Reply } from '../http/reply.ts'
import { type Propagator, w3cPropagator } from '../telemetry/propagation.ts'
import { currentSpan, type Span, type Tracer } from '../telemetry/tracer.ts'

export interface TracingOptions {
  tracer: Tracer
  /** How the caller's trace is read; default W3C Trace Context. */
  propagator?: Propagator
}

/** Put it outermost: log lines and calls below carry the ids of its span. */
export function tracing({ tracer, propagator = w3cPropagator }: TracingOptions): Middleware {
  return function tracing(c, next) {
    const parent = propagator.extract({ header: (name) => c.raw.header(name) })
    const span = tracer.start(spanName(c), { kind: 'server', parent })
    c.context.set(currentSpan, span)
    try {
      const reply = nextThen(next, (answer) => close(span, answer))
      return reply instanceof Promise ? reply.catch((error) => closeFailed(span, error)) : reply
    } catch (error) {
      return closeFailed(span, error)
    }
  }
}

/** OpenTelemetry's convention: method and route, never the path, whose variety has no bound. */
function spanName(c: HttpContext): string {
  return c.route === undefined ? c.method : `${c.method} ${c.route.path}`
}

function close(span: Span, reply: Reply): void {
  span.set('http.response.status_code', reply.status)
  span.end()
}

function closeFailed(span: Span, error: unknown): never {
  span.fail(error)
  span.end()
  throw error
}
