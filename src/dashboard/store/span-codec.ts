/**
 * Spans as they stand in a block: short rows that compress well.
 *
 *   { sources, traces: [[traceId, baseMs, [[spanId, parent, name, kind, startUs, durationUs, source, scope, …rest]]]] }
 *
 * A parent in the same trace is its place in the list, times are whole microseconds from the earliest one on.
 */
import type { AttributeMap } from '../contract/attributes.ts'
import type { SpanEventView, SpanKindName, SpanLinkView } from '../contract/traces.ts'
import type { Source } from '../otlp/source.ts'
import type { SpanRow } from '../otlp/spans.ts'

export interface SpanBlock {
  readonly sources: readonly Source[]
  readonly traces: readonly TraceRows[]
}

type TraceRows = readonly [traceId: string, baseMs: number, rows: readonly StoredSpan[]]

type StoredSpan = readonly [
  spanId: string,
  /** -1: a root; a text: not in this block. */
  parent: number | string,
  name: string,
  kind: number,
  startUs: number,
  durationUs: number,
  source: number,
  scope: string,
  attributes: AttributeMap,
  status: number,
  /** What most spans do not have. */
  extra?: SpanExtra,
]

interface SpanExtra {
  readonly message?: string
  readonly events?: readonly SpanEventView[]
  readonly links?: readonly SpanLinkView[]
  readonly dropped?: number
}

const kinds: readonly SpanKindName[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const statuses = ['unset', 'ok', 'error'] as const

export function encodeSpans(traces: Iterable<readonly SpanRow[]>): SpanBlock {
  const sources = new Map<string, number>()
  const list: Source[] = []
  const placeOf = (source: Source): number => {
    const key = JSON.stringify(source)
    const known = sources.get(key)
    if (known !== undefined) return known
    sources.set(key, list.length)
    return list.push(source) - 1
  }
  return { traces: [...traces].map((spans) => encodeTrace(spans, placeOf)), sources: list }
}

function encodeTrace(spans: readonly SpanRow[], placeOf: (source: Source) => number): TraceRows {
  const sorted = spans.toSorted((a, b) => a.startMs - b.startMs)
  const baseMs = sorted[0]?.startMs ?? 0
  const places = new Map(sorted.map(({ spanId }, at) => [spanId, at]))
  const rows = sorted.map((span): StoredSpan => {
    const parent = span.parentSpanId === null ? -1 : (places.get(span.parentSpanId) ?? span.parentSpanId)
    const extra = extraOf(span)
    const row = [
      span.spanId,
      parent,
      span.name,
      kinds.indexOf(span.kind),
      Math.round((span.startMs - baseMs) * 1_000),
      Math.round(span.durationMs * 1_000),
      placeOf(span.source),
      span.scope,
      span.attributes,
      statuses.indexOf(span.status),
    ] as const
    return extra === undefined ? row : [...row, extra]
  })
  return [sorted[0]?.traceId ?? '', baseMs, rows]
}

function extraOf({ statusMessage, events, links, dropped }: SpanRow): SpanExtra | undefined {
  if (statusMessage === '' && events.length === 0 && links.length === 0 && dropped === 0) return undefined
  return {
    ...(statusMessage !== '' && { message: statusMessage }),
    ...(events.length > 0 && { events }),
    ...(links.length > 0 && { links }),
    ...(dropped > 0 && { dropped }),
  }
}

/** Trace by trace, so that what is not wanted is not made. */
export function* decodeSpans({ sources, traces }: SpanBlock, only?: string): Generator<readonly SpanRow[]> {
  for (const [traceId, baseMs, rows] of traces) {
    if (only !== undefined && only !== traceId) continue
    yield rows.map((row): SpanRow => {
      const [spanId, parent, name, kind, startUs, durationUs, source, scope, attributes, status, extra] = row
      return {
        traceId,
        spanId,
        parentSpanId: parent === -1 ? null : typeof parent === 'number' ? (rows[parent]?.[0] ?? null) : parent,
        name,
        kind: kinds[kind] ?? 'unspecified',
        startMs: baseMs + startUs / 1_000,
        durationMs: durationUs / 1_000,
        status: statuses[status] ?? 'unset',
        statusMessage: extra?.message ?? '',
        attributes,
        events: extra?.events ?? [],
        links: extra?.links ?? [],
        dropped: extra?.dropped ?? 0,
        source: sources[source] ?? unknownSource,
        scope,
      }
    })
  }
}

const unknownSource: Source = { service: 'unknown_service', instance: null, version: null, attributes: {} }
