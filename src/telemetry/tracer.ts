/** Tracer: spans for what a service does. The first one is a no-op that still carries W3C trace ids from call to call. */
import { ContextKey } from '../foundation/context/context-key.ts'

/** W3C Trace Context identifiers. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  readonly sampled: boolean
  /** Level 2: whether the last 14 digits of the trace id are random, so that samplers may rely on them. Default false. */
  readonly hasRandomTraceId?: boolean
  /** The `tracestate` header, passed on unchanged. */
  readonly traceState?: string
}

export type SpanKind = 'server' | 'client' | 'internal' | 'producer' | 'consumer'

export interface SpanOptions {
  readonly kind?: SpanKind
  /** The span that caused this one; default the current context's. */
  readonly parent?: TraceContext | undefined
  readonly attributes?: SpanAttributes
}

export type SpanAttributes = Readonly<Record<string, string | number | boolean>>

export interface Span {
  readonly context: TraceContext
  set(name: string, value: string | number | boolean): void
  fail(error: unknown): void
  end(): void
}

export interface Tracer {
  start(name: string, options?: SpanOptions): Span
}

/** Where the span of the running work stands in a `Context`. */
export const currentSpan: ContextKey<Span> = new ContextKey<Span>('span')
