/**
 * Tracer: spans for what a service does. The first one is a no-op that still carries trace ids from call to call.
 *
 *   tracer.start('GET /orders', { kind: 'server', parent }) ─▶ Span ─▶ set · event · link · fail ─▶ end
 *                                                               └ child('charge card') ─▶ Span
 */
import { ContextKey } from '../foundation/context/context-key.ts'
import type { HeaderTarget } from './propagation.ts'

/** W3C Trace Context identifiers. */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string
  readonly sampled: boolean
  /** The caller leaves the decision to us, as B3 and X-Ray can say; `sampled` is false then. */
  readonly isUndecided?: boolean
  /** Level 2: whether the last 14 digits of the trace id are random, so that samplers may rely on them. Default false. */
  readonly hasRandomTraceId?: boolean
  /** The `tracestate` header, passed on unchanged. */
  readonly traceState?: string
}

export type SpanKind = 'server' | 'client' | 'internal' | 'producer' | 'consumer'

/** Whole numbers are sent as integers; the values of a list should be of one kind. */
export type AttributeValue = string | number | boolean | readonly (string | number | boolean)[]

/** What is `undefined` is left out. */
export type SpanAttributes = Readonly<Record<string, AttributeValue | undefined>>

/** Another span that has to do with this one without being above it, such as the one that sent a message. */
export interface SpanLink {
  readonly context: TraceContext
  readonly attributes?: SpanAttributes
}

/** The part of a program that makes spans: a library, or the service itself. */
export interface SpanScope {
  readonly name: string
  readonly version?: string
}

export interface ChildSpanOptions {
  /** Default `internal`. */
  readonly kind?: SpanKind
  readonly attributes?: SpanAttributes
  readonly links?: readonly SpanLink[]
  /** When it began, on the monotonic scale of the tracer's clock; default now. */
  readonly startedMs?: number
  /** Default the tracer's. */
  readonly scope?: SpanScope
}

export interface SpanOptions extends ChildSpanOptions {
  /** The span that caused this one, in another process; default the current context's span, else a new trace begins. */
  readonly parent?: TraceContext | undefined
  /** Begins a new trace, whatever the current context's span. Default false. */
  readonly isRoot?: boolean
}

export interface Span {
  readonly context: TraceContext
  /** False where nothing that is said of it is kept, so that whoever has costly things to say need not say them. */
  readonly isRecording: boolean
  readonly hasFailed: boolean
  /** A span below this one, of the same tracer and with the same decision on whether it is kept. */
  child(name: string, options?: ChildSpanOptions): Span
  /** Sets an attribute; the same name again replaces its value. */
  set(name: string, value: AttributeValue): void
  /** Something that happened meanwhile, now or at a time on the monotonic scale of the tracer's clock. */
  event(name: string, attributes?: SpanAttributes, atMs?: number): void
  link(link: SpanLink): void
  /** Replaces the name, where a better one is known only later. */
  rename(name: string): void
  /** Notes an error that does not make the span a failed one. */
  exception(error: unknown): void
  /** The span failed. An error is noted as `exception` does, text becomes the description. */
  fail(error?: unknown): void
  /** It did not, whatever `fail` says before or later. */
  succeed(): void
  /** Writes the headers that continue this span in another process. */
  inject(into: HeaderTarget): void
  /** Ends it, now or at a time on the monotonic scale of the tracer's clock. What is said of it afterwards is not kept. */
  end(endedMs?: number): void
}

export interface Tracer {
  start(name: string, options?: SpanOptions): Span
}

/** Where the span of the running work stands in a `Context`. */
export const currentSpan: ContextKey<Span> = new ContextKey<Span>('span')
