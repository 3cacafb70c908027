/** SpanRecord: a span that has ended, as exporters and samplers read it. It does not change any more. */
import type { AttributeValue, SpanKind, SpanScope, TraceContext } from './tracer.ts'

/** `[name, value, name, value, …]`: no name stands twice. One flat list is half of what a map costs. */
export type FlatAttributes = readonly AttributeValue[]

export interface SpanRecord {
  readonly context: TraceContext
  readonly parentSpanId: string | undefined
  /** Whether the span above it, if there is one, is another process's. */
  readonly hasRemoteParent: boolean
  /** The topmost span of its trace in this process: itself, or the one that it hangs below. */
  readonly localRoot: SpanRecord
  readonly scope: SpanScope
  readonly name: string
  readonly kind: SpanKind
  /** In milliseconds since the Unix epoch, with fractions. */
  readonly startMs: number
  readonly endMs: number
  readonly status: SpanStatus
  /** Why it failed; empty if nobody said. */
  readonly statusText: string
  readonly attributes: FlatAttributes
  readonly events: readonly EventRecord[]
  readonly links: readonly LinkRecord[]
  /** What was left out because there was too much of it. */
  readonly droppedAttributes: number
  readonly droppedEvents: number
  readonly droppedLinks: number
}

export type SpanStatus = 'unset' | 'ok' | 'error'

export interface EventRecord {
  readonly name: string
  /** In milliseconds since the Unix epoch, with fractions. */
  readonly timeMs: number
  readonly attributes: FlatAttributes
  readonly droppedAttributes: number
}

export interface LinkRecord {
  readonly context: TraceContext
  readonly attributes: FlatAttributes
  readonly droppedAttributes: number
}

/** Takes the spans that have ended: an exporter, or what decides whether they get there. */
export interface SpanSink {
  add(span: SpanRecord): void
}
