/**
 * tracing: a server span around the request, continuing the caller's trace. It says what OpenTelemetry's conventions for
 * HTTP servers ask for; the query is left out: it carries what people type, and secrets.
 */
import type { HttpContext } from '../http/context.ts'
import type { Middleware } from '../http/middleware.ts'
import { type Observer, observer } from '../http/observer.ts'
import type { Reply } from '../http/reply.ts'
import type { RouteInfo } from '../http/route.ts'
import { contextBaggage } from '../telemetry/baggage.ts'
import type { Propagator } from '../telemetry/propagation.ts'
import { defaultPropagator } from '../telemetry/propagators/composite.ts'
import { currentSpan, type Span, type SpanOptions, type Tracer } from '../telemetry/tracer.ts'

export interface TracingOptions {
  tracer: Tracer
  /** How the caller's trace and baggage are read; default W3C Trace Context and baggage. */
  propagator?: Propagator
}

/** Put it outermost: log lines and calls below carry the ids of its span. */
export function tracing({ tracer, propagator = defaultPropagator }: TracingOptions): Middleware {
  return observer<Span>('tracing', (route) => new RouteTracing(route, tracer, propagator))
}

/** For requests that bring no trace along, which are many: made once. */
const ownTrace: SpanOptions = { kind: 'server', isRoot: true }

/** Any other is named `_OTHER`: clients make up tokens, and their variety has no bound. */
const knownMethods = new Set(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'CONNECT', 'TRACE', 'QUERY'])

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
    const baggage = this.#propagator.extractBaggage?.(c.raw)
    if (baggage !== undefined) c.context.set(contextBaggage, baggage)
    if (span.isRecording) this.#describe(span, c)
    return span
  }

  leave(_c: HttpContext, { status }: Reply, span: Span): void {
    span.set('http.response.status_code', status)
    // A 4xx is the caller's failure, not ours.
    if (status >= 500) {
      // What was thrown, where that is known, says more.
      if (!span.hasFailed) span.set('error.type', String(status))
      span.fail()
    }
    span.end()
  }

  fail(_c: HttpContext, error: unknown, span: Span): never {
    span.fail(error)
    span.end()
    throw error
  }

  #describe(span: Span, c: HttpContext): void {
    const { method } = c
    span.set('http.request.method', knownMethods.has(method) ? method : '_OTHER')
    if (this.#path !== undefined) span.set('http.route', this.#path)
    span.set('url.path', c.path)
    span.set('url.scheme', c.scheme)
    describeHost(span, c.host)
    span.set('client.address', c.ip)
    const agent = c.raw.header('user-agent')
    if (agent !== undefined) span.set('user_agent.original', agent)
  }

  /** OpenTelemetry's convention: method and route, never the path, whose variety has no bound. */
  #nameFor(method: string): string {
    if (method === this.#method) return this.#name
    const named = knownMethods.has(method) ? method : 'HTTP'
    return this.#path === undefined ? named : `${named} ${this.#path}`
  }
}

/** `host`, `host:port`, `[::1]:port`. */
function describeHost(span: Span, host: string): void {
  const at = host.lastIndexOf(':')
  const port = at > host.lastIndexOf(']') ? Number(host.slice(at + 1)) : Number.NaN
  if (Number.isNaN(port)) span.set('server.address', host)
  else {
    span.set('server.address', host.slice(0, at))
    span.set('server.port', port)
  }
}
