/**
 * RecordingSpan: a span that is kept.
 *
 *   start ─▶ recording ─ set · event · link · rename · fail ─▶ end ─▶ the sink has it, and it does not change any more
 */

import { exceptionAttributes } from './exception-attributes.ts'
import { injectTrace } from './inject-trace.ts'
import type { HeaderTarget, Propagator } from './propagation.ts'
import { limitedAttributes, limitedValue, type SpanLimits } from './span-limits.ts'
import type { EventRecord, LinkRecord, SpanRecord, SpanSink, SpanStatus } from './span-record.ts'
import { newSpanId } from './trace-ids.ts'
import type {
  AttributeValue,
  ChildSpanOptions,
  Span,
  SpanAttributes,
  SpanKind,
  SpanLink,
  SpanScope,
  TraceContext,
} from './tracer.ts'

/** What the spans of one tracer share. */
export interface SpanTrunk {
  readonly sink: SpanSink
  readonly propagator: Propagator
  readonly limits: SpanLimits
  readonly scope: SpanScope
  /** Milliseconds on the clock's monotonic scale. */
  monotonicMs(): number
  /** What that is in milliseconds since the Unix epoch. */
  epochMs(monotonicMs: number): number
}

export interface SpanOrigin {
  readonly context: TraceContext
  readonly parentSpanId: string | undefined
  readonly hasRemoteParent: boolean
  /** Undefined for the topmost span of its trace in this process. */
  readonly localRoot?: RecordingSpan
}

const noEvents: readonly EventRecord[] = []
const noLinks: readonly LinkRecord[] = []

export class RecordingSpan implements Span, SpanRecord {
  readonly context: TraceContext
  readonly parentSpanId: string | undefined
  readonly hasRemoteParent: boolean
  readonly localRoot: RecordingSpan
  readonly kind: SpanKind
  readonly scope: SpanScope
  readonly startMs: number
  readonly attributes: AttributeValue[] = []
  name: string
  endMs = 0
  status: SpanStatus = 'unset'
  statusText = ''
  droppedAttributes = 0
  droppedEvents = 0
  droppedLinks = 0
  readonly #trunk: SpanTrunk
  #events: EventRecord[] | undefined
  #links: LinkRecord[] | undefined

  constructor(trunk: SpanTrunk, origin: SpanOrigin, name: string, options: ChildSpanOptions | undefined) {
    this.#trunk = trunk
    this.context = origin.context
    this.parentSpanId = origin.parentSpanId
    this.hasRemoteParent = origin.hasRemoteParent
    this.localRoot = origin.localRoot ?? this
    this.name = cut(name, trunk.limits)
    this.kind = options?.kind ?? 'internal'
    this.scope = options?.scope ?? trunk.scope
    this.startMs = trunk.epochMs(options?.startedMs ?? trunk.monotonicMs())
    if (options?.attributes !== undefined) this.#setAll(options.attributes)
    if (options?.links !== undefined) for (const link of options.links) this.link(link)
  }

  get isRecording(): boolean {
    return this.endMs === 0
  }

  get hasFailed(): boolean {
    return this.status === 'error'
  }

  get events(): readonly EventRecord[] {
    return this.#events ?? noEvents
  }

  get links(): readonly LinkRecord[] {
    return this.#links ?? noLinks
  }

  child(name: string, options?: ChildSpanOptions): Span {
    const { traceId, spanId: parentSpanId, sampled, hasRandomTraceId = false, traceState } = this.context
    const ids = { traceId, spanId: newSpanId(), sampled, hasRandomTraceId }
    const context = traceState === undefined ? ids : { ...ids, traceState }
    const { localRoot } = this
    return new RecordingSpan(this.#trunk, { context, parentSpanId, hasRemoteParent: false, localRoot }, name, options)
  }

  set(name: string, value: AttributeValue): void {
    if (this.endMs !== 0) return
    const { attributes } = this
    const { limits } = this.#trunk
    const kept = limitedValue(value, limits)
    if (kept === undefined) return
    for (let i = 0; i < attributes.length; i += 2) {
      if (attributes[i] !== name) continue
      attributes[i + 1] = kept
      return
    }
    if (attributes.length >= limits.maxAttributes * 2) this.droppedAttributes++
    else attributes.push(name, kept)
  }

  event(name: string, attributes?: SpanAttributes, atMs?: number): void {
    if (this.endMs !== 0) return
    const trunk = this.#trunk
    this.#events ??= []
    if (this.#events.length >= trunk.limits.maxEvents) {
      this.droppedEvents++
      return
    }
    const limited = limitedAttributes(attributes, trunk.limits)
    this.#events.push({
      name: cut(name, trunk.limits),
      timeMs: trunk.epochMs(atMs ?? trunk.monotonicMs()),
      attributes: limited.attributes,
      droppedAttributes: limited.dropped,
    })
  }

  link({ context, attributes }: SpanLink): void {
    if (this.endMs !== 0) return
    const { limits } = this.#trunk
    this.#links ??= []
    if (this.#links.length >= limits.maxLinks) {
      this.droppedLinks++
      return
    }
    const limited = limitedAttributes(attributes, limits)
    this.#links.push({ context, attributes: limited.attributes, droppedAttributes: limited.dropped })
  }

  rename(name: string): void {
    if (this.endMs === 0) this.name = cut(name, this.#trunk.limits)
  }

  exception(error: unknown): void {
    if (this.endMs === 0) this.event('exception', exceptionAttributes(error))
  }

  fail(error?: unknown): void {
    if (this.endMs !== 0 || this.status === 'ok') return
    this.status = 'error'
    if (error === undefined) return
    if (typeof error === 'string') {
      this.statusText = cut(error, this.#trunk.limits)
      return
    }
    const attributes = exceptionAttributes(error)
    this.event('exception', attributes)
    this.statusText = cut(String(attributes['exception.message'] ?? ''), this.#trunk.limits)
    this.set('error.type', attributes['exception.type'] as string)
  }

  succeed(): void {
    if (this.endMs !== 0) return
    this.status = 'ok'
    this.statusText = ''
  }

  inject(into: HeaderTarget): void {
    injectTrace(this.#trunk.propagator, this.context, into)
  }

  end(endedMs?: number): void {
    if (this.endMs !== 0) return
    const trunk = this.#trunk
    this.endMs = Math.max(this.startMs, trunk.epochMs(endedMs ?? trunk.monotonicMs()))
    trunk.sink.add(this)
  }

  /** Names in an object differ, so that nothing need be looked for. */
  #setAll(given: SpanAttributes): void {
    const { attributes } = this
    const { limits } = this.#trunk
    for (const name in given) {
      const value = limitedValue(given[name], limits)
      if (value === undefined) continue
      if (attributes.length >= limits.maxAttributes * 2) this.droppedAttributes++
      else attributes.push(name, value)
    }
  }
}

function cut(text: string, { maxValueLength }: SpanLimits): string {
  return text.length > maxValueLength ? text.slice(0, maxValueLength) : text
}
