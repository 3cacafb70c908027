/** tracing: a server span around the request, continuing the caller's trace. */
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { type Observer, observer } from '../http/observer.ts'
import type { Reply } from '../http/reply.ts'
import type { RouteInfo } from '../http/route.ts'
import { type Propagator, w3cPropagator } from '../telemetry/propagation.ts'
import { currentSpan, type Span, type SpanOptions, type Tracer } from '../telemetry/tracer.ts'

export interface TracingOptions {
  tracer: Tracer
  /** How the caller's trace is read; default W3C Trace Context. */
  propagator?: Propagator
}

/** Put it outermost: log lines and calls below carry the ids of its span. */
export function tracing({ tracer, propagator = w3cPropagator }: TracingOptions): Middleware {
  return observer<Span>('tracing', (route) => new RouteTracing(route, tracer, propagator))
}

/** For requests that bring no trace along, which are many: made once. */
const ownTrace: SpanOptions = { kind: 'server' }

class RouteTracing implements Observer<Span> {
  readonly #tracer: Tracer
  readonly #propagator: Propagator
  readonly #method: string | undefined
  readonly #path: string | undefined
  readonly #name: string

  constructor(route: RouteInfo | undefined, tracer: Tracer, propagator: Propagator) {
    this.#tracer = tracer
    this.#propagator = propagator
    this.#method = route?.method
    this.#path = route?.path
    this.#name = `${route?.method} ${route?.path}`
  }

  enter(c: HttpContext): Span {
    const parent = this.#propagator.extract(c.raw)
    const options: SpanOptions = parent === undefined ? ownTrace : { kind: 'server', parent }
    const span = this.#tracer.start(this.#nameFor(c.method), options)
    c.context.set(currentSpan, span)
    return span
  }

  leave(_c: HttpContext, { status }: Reply, span: Span): void {
    span.set('http.response.status_code', status)
    span.end()
  }

  fail(_c: HttpContext, error: unknown, span: Span): never {
    span.fail(error)
    span.end()
    throw error
  }

  /** OpenTelemetry's convention: method and route, never the path, whose variety has no bound. */
  #nameFor(method: string): string {
    if (method === this.#method) return this.#name
    return this.#path === undefined ? method : `${method} ${this.#path}`
  }
}
