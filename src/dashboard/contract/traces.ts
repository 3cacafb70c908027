/**
 * Traces: finding them, one with its spans, and two side by side.
 *
 * Points in time are milliseconds since the Unix epoch with a fraction (microseconds), durations are milliseconds with one.
 */
import { get } from '../../api/define-api.ts'
import { answer, number, object, oneOf, optional } from '../../schema/shape.ts'
import type { AttributeMap } from './attributes.ts'
import type { Asked, Get } from './operations.ts'
import { attributes, cursor, limit, name, timeMs, traceId } from './query.ts'

export interface TraceSummary {
  readonly traceId: string
  /** Of the span that has no parent, or of the earliest that is known while that one is missing. */
  readonly service: string
  readonly name: string
  readonly startMs: number
  readonly durationMs: number
  readonly spans: number
  readonly errors: number
  /** Ascending by name. */
  readonly services: readonly string[]
  /** False while the root, or a parent that a span names, has not arrived. */
  readonly isComplete: boolean
}

export type SpanKindName = 'internal' | 'server' | 'client' | 'producer' | 'consumer' | 'unspecified'

export interface SpanView {
  readonly spanId: string
  /** Null for a root. It may name a span that is not there. */
  readonly parentSpanId: string | null
  readonly service: string
  /** `service.instance.id`, or null. */
  readonly instance: string | null
  readonly name: string
  readonly kind: SpanKindName
  readonly startMs: number
  readonly durationMs: number
  /** Time in which none of its children ran. */
  readonly selfMs: number
  /** Depth in the tree; 0 for roots and for spans whose parent is missing. */
  readonly depth: number
  readonly status: 'unset' | 'ok' | 'error'
  readonly statusMessage: string
  readonly attributes: AttributeMap
  readonly events: readonly SpanEventView[]
  readonly links: readonly SpanLinkView[]
  /** Attributes of the process, `service.name` among them. */
  readonly resource: AttributeMap
  /** Of the library that made it, such as `genever`. */
  readonly scope: string
  /** What limits on attributes, events and links have left out. */
  readonly dropped: number
  /** Whether some part of it lies on the critical path. */
  readonly isCritical: boolean
}

export interface SpanEventView {
  readonly atMs: number
  readonly name: string
  readonly attributes: AttributeMap
}

export interface SpanLinkView {
  readonly traceId: string
  readonly spanId: string
  readonly attributes: AttributeMap
}

/** A stretch of time that the whole trace waited for, and the span that used it. */
export interface CriticalSegment {
  readonly spanId: string
  readonly startMs: number
  readonly durationMs: number
}

export interface TraceView extends TraceSummary {
  /** Depth first, siblings by start: the order of a waterfall. */
  readonly tree: readonly SpanView[]
  /** Ascending in time, without overlap. */
  readonly criticalPath: readonly CriticalSegment[]
  /** Spans of it that were left out because a trace keeps 10,000 at most. */
  readonly droppedSpans: number
}

/** One place in both traces: the spans with the same path of service and name. */
export interface ComparedRow {
  readonly service: string
  readonly name: string
  readonly depth: number
  readonly left: ComparedSide | null
  readonly right: ComparedSide | null
  /** Right minus left of `totalMs`, one that is missing counted as 0. */
  readonly differenceMs: number
}

export interface ComparedSide {
  readonly spans: number
  readonly totalMs: number
  readonly selfMs: number
  readonly errors: number
}

export interface TraceComparison {
  readonly left: TraceSummary
  readonly right: TraceSummary
  /** Depth first, as in the left one; what only the right one has stands below its parent. */
  readonly rows: readonly ComparedRow[]
}

export interface OperationView {
  readonly service: string
  readonly name: string
  readonly kind: SpanKindName
}

/** All that is given must fit. What is asked of a span, one and the same span must fulfil. */
export interface TraceQuery {
  readonly service?: string | undefined
  /** Name of an operation or a route, such as `GET /orders/:id`. */
  readonly name?: string | undefined
  /** Of the whole trace. */
  readonly minDurationMs?: number | undefined
  readonly maxDurationMs?: number | undefined
  /** `error`: some span failed. */
  readonly status?: 'ok' | 'error' | undefined
  /** `name=value`, of a span or its resource; may be given several times. */
  readonly attribute?: readonly string[] | undefined
  readonly fromMs?: number | undefined
  readonly toMs?: number | undefined
  /** Default `latest`. */
  readonly sort?: 'latest' | 'longest' | undefined
  /** Default 50, at most 500. */
  readonly limit?: number | undefined
  /** `next` of the page before. */
  readonly cursor?: string | undefined
}

export interface OperationsView {
  readonly services: readonly string[]
  /** At most 500. */
  readonly operations: readonly OperationView[]
  /** Names of attributes, at most 200. */
  readonly attributes: readonly string[]
}

export type TracesApi = {
  /** `next` is null on the last page. */
  readonly searchTraces: Get<
    '/api/traces',
    { readonly traces: readonly TraceSummary[]; readonly next: string | null },
    Asked<'query', TraceQuery>
  >
  /** 404 `UNKNOWN_TRACE` */
  readonly readTrace: Get<'/api/traces/:traceId', TraceView, Asked<'params', { readonly traceId: string }>>
  readonly compareTraces: Get<
    '/api/traces/:traceId/compare/:other',
    TraceComparison,
    Asked<'params', { readonly traceId: string; readonly other: string }>
  >
  /** What can be searched for. */
  readonly listOperations: Get<
    '/api/operations',
    OperationsView,
    Asked<'query', { readonly service?: string | undefined }>
  >
}

export const tracesApi: TracesApi = {
  searchTraces: get('/api/traces', {
    query: object({
      service: optional(name),
      name: optional(name),
      minDurationMs: optional(number({ min: 0 })),
      maxDurationMs: optional(number({ min: 0 })),
      status: optional(oneOf('ok', 'error')),
      attribute: attributes,
      fromMs: timeMs,
      toMs: timeMs,
      sort: optional(oneOf('latest', 'longest')),
      limit,
      cursor,
    }),
    responses: { 200: answer() },
  }),
  readTrace: get('/api/traces/:traceId', { params: object({ traceId }), responses: { 200: answer() } }),
  compareTraces: get('/api/traces/:traceId/compare/:other', {
    params: object({ traceId, other: traceId }),
    responses: { 200: answer() },
  }),
  listOperations: get('/api/operations', { query: object({ service: optional(name) }), responses: { 200: answer() } }),
}
