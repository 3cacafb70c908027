/** A span that is not ours, such as one that OpenTelemetry's API has made from the ids of a message, as ours see it. */
import type * as api from '@opentelemetry/api'
import { injectTrace } from '../inject-trace.ts'
import type { HeaderTarget, Propagator } from '../propagation.ts'
import type {
  AttributeValue,
  ChildSpanOptions,
  Span,
  SpanAttributes,
  SpanLink,
  TraceContext,
  Tracer,
} from '../tracer.ts'
import { toTraceContext } from './api-values.ts'

export class ForeignSpan implements Span {
  readonly context: TraceContext
  readonly hasFailed = false
  readonly inner: api.Span
  readonly #tracer: Tracer
  readonly #propagator: Propagator

  constructor(inner: api.Span, tracer: Tracer, propagator: Propagator) {
    this.inner = inner
    this.context = toTraceContext(inner.spanContext())
    this.#tracer = tracer
    this.#propagator = propagator
  }

  get isRecording(): boolean {
    return this.inner.isRecording()
  }

  /** For us it is a remote parent. Ids that are none begin a new trace. */
  child(name: string, options?: ChildSpanOptions): Span {
    if (/^0*$/.test(this.context.traceId)) return this.#tracer.start(name, { ...options, isRoot: true })
    return this.#tracer.start(name, { ...options, parent: this.context })
  }

  set(name: string, value: AttributeValue): void {
    this.inner.setAttribute(name, value as api.AttributeValue)
  }
  event(name: string, attributes?: SpanAttributes): void {
    this.inner.addEvent(name, attributes as api.Attributes)
  }
  link({ context, attributes }: SpanLink): void {
    const { traceId, spanId, sampled } = context
    this.inner.addLink({
      context: { traceId, spanId, traceFlags: sampled ? 1 : 0 },
      ...(attributes && { attributes: attributes as api.Attributes }),
    })
  }
  rename(name: string): void {
    this.inner.updateName(name)
  }
  exception(error: unknown): void {
    this.inner.recordException(error as api.Exception)
  }
  fail(error?: unknown): void {
    if (error !== undefined && typeof error !== 'string') this.exception(error)
    this.inner.setStatus({ code: 2, ...(typeof error === 'string' && { message: error }) })
  }
  succeed(): void {
    this.inner.setStatus({ code: 1 })
  }
  end(): void {
    this.inner.end()
  }
  inject(into: HeaderTarget): void {
    injectTrace(this.#propagator, this.context, into)
  }
}
