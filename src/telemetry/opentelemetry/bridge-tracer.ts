/** OpenTelemetry's tracer whose spans are ours: same trace, same sampling, same exporter, the library's name as their scope. */
import type * as api from '@opentelemetry/api'
import type { Clock } from '../../foundation/clock/clock.ts'
import type { ChildSpanOptions, Span, SpanKind, SpanScope, Tracer } from '../tracer.ts'
import { monotonicFrom } from './api-time.ts'
import { toSpanAttributes, toSpanLink } from './api-values.ts'
import { BridgeSpan } from './bridge-span.ts'

export interface BridgeParts {
  readonly tracer: Tracer
  readonly clock: Clock
  readonly api: typeof api
  toSpan(span: api.Span): Span
}

/** By the numbers of the API's `SpanKind`. */
const kinds: readonly SpanKind[] = ['internal', 'server', 'client', 'producer', 'consumer']

export class BridgeTracer implements api.Tracer {
  readonly #parts: BridgeParts
  readonly #scope: SpanScope

  constructor(parts: BridgeParts, scope: SpanScope) {
    this.#parts = parts
    this.#scope = scope
  }

  startSpan(name: string, options: api.SpanOptions = {}, context?: api.Context): api.Span {
    const { api, clock, tracer, toSpan } = this.#parts
    const parent = options.root === true ? undefined : api.trace.getSpan(context ?? api.context.active())
    const given = this.#optionsFrom(options)
    const span =
      parent === undefined ? tracer.start(name, { ...given, isRoot: true }) : toSpan(parent).child(name, given)
    return new BridgeSpan(span, clock)
  }

  startActiveSpan<F extends (span: api.Span) => unknown>(name: string, ...rest: readonly unknown[]): ReturnType<F> {
    const work = rest.at(-1) as F
    const options = rest.length > 1 ? (rest[0] as api.SpanOptions) : {}
    const { api } = this.#parts
    const context = rest.length > 2 ? (rest[1] as api.Context) : api.context.active()
    const span = this.startSpan(name, options, context)
    return api.context.with(api.trace.setSpan(context, span), () => work(span) as ReturnType<F>)
  }

  #optionsFrom({ kind = 0, attributes, links, startTime }: api.SpanOptions): ChildSpanOptions {
    const startedMs = monotonicFrom(startTime, this.#parts.clock)
    return {
      kind: kinds[kind] ?? 'internal',
      scope: this.#scope,
      attributes: toSpanAttributes(attributes),
      ...(links !== undefined && { links: links.map(toSpanLink) }),
      ...(startedMs !== undefined && { startedMs }),
    }
  }
}
