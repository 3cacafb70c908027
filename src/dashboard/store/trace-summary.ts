/** A trace in a line: what a list of traces shows, and whether it fits a search. */
import type { AttributeMap } from '../contract/attributes.ts'
import type { TraceQuery, TraceSummary } from '../contract/traces.ts'
import type { SpanRow } from '../otlp/spans.ts'

/** @param spans One or more, of one trace. */
export function summaryOf(spans: readonly SpanRow[]): TraceSummary {
  const ids = new Set(spans.map(({ spanId }) => spanId))
  const isTop = ({ parentSpanId }: SpanRow): boolean => parentSpanId === null || !ids.has(parentSpanId)
  const root = earliest(spans.filter(({ parentSpanId }) => parentSpanId === null)) ?? earliest(spans.filter(isTop))
  let startMs = Number.POSITIVE_INFINITY
  let endMs = 0
  let errors = 0
  for (const span of spans) {
    startMs = Math.min(startMs, span.startMs)
    endMs = Math.max(endMs, span.startMs + span.durationMs)
    if (span.status === 'error') errors++
  }
  return {
    traceId: spans[0]?.traceId ?? '',
    service: root?.source.service ?? '',
    name: root?.name ?? '',
    startMs,
    durationMs: roundMicro(endMs - startMs),
    spans: spans.length,
    errors,
    services: [...new Set(spans.map(({ source }) => source.service))].sort(),
    isComplete: root?.parentSpanId === null && spans.every((span) => span.parentSpanId === null || !isTop(span)),
  }
}

function earliest(spans: readonly SpanRow[]): SpanRow | undefined {
  return spans.reduce<SpanRow | undefined>(
    (first, span) => (first === undefined || span.startMs < first.startMs ? span : first),
    undefined,
  )
}

export function fitsQuery(spans: readonly SpanRow[], summary: TraceSummary, query: TraceQuery): boolean {
  const { minDurationMs = 0, maxDurationMs = Number.POSITIVE_INFINITY, status, fromMs = 0 } = query
  const { toMs = Number.POSITIVE_INFINITY } = query
  if (summary.durationMs < minDurationMs || summary.durationMs > maxDurationMs) return false
  if (summary.startMs < fromMs || summary.startMs > toMs) return false
  if (status !== undefined && (status === 'error') !== summary.errors > 0) return false
  const { service, name, attribute = [] } = query
  if (service === undefined && name === undefined && attribute.length === 0) return true
  const wanted = attribute.map(pairOf)
  return spans.some(
    (span) =>
      (service === undefined || span.source.service === service) &&
      (name === undefined || namesOf(span).includes(name)) &&
      wanted.every(([key, value]) => has(span.attributes, key, value) || has(span.source.attributes, key, value)),
  )
}

/** How a span may be asked for: by its name, and by its route with and without the method. */
export function namesOf({ name, attributes }: SpanRow): readonly string[] {
  const route = attributes['http.route']
  if (typeof route !== 'string') return [name]
  return [name, route, `${attributes['http.request.method'] ?? ''} ${route}`]
}

/** `name=value`; what has no `=` asks for an empty value. */
export function pairOf(text: string): readonly [name: string, value: string] {
  const at = text.indexOf('=')
  return at === -1 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

export function has(attributes: AttributeMap, name: string, value: string): boolean {
  return Object.hasOwn(attributes, name) && valueText(attributes[name]) === value
}

export function valueText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value)
}

/** What a block's filter must have for a query to find something in it. */
export function termsOf({ service, name, attribute = [], status }: TraceQuery): string[] {
  return [
    ...(service === undefined ? [] : [`service=${service}`]),
    ...(name === undefined ? [] : [`name=${name}`]),
    ...attribute.map((pair) => pair),
    ...(status === 'error' ? ['status=error'] : []),
  ]
}

export function addTerms(terms: Set<string>, span: SpanRow): void {
  terms.add(`trace=${span.traceId}`)
  terms.add(`service=${span.source.service}`)
  for (const name of namesOf(span)) terms.add(`name=${name}`)
  if (span.status === 'error') terms.add('status=error')
  for (const [name, value] of Object.entries(span.attributes)) terms.add(`${name}=${valueText(value)}`)
  for (const [name, value] of Object.entries(span.source.attributes)) terms.add(`${name}=${valueText(value)}`)
}

function roundMicro(ms: number): number {
  return Math.round(ms * 1_000) / 1_000
}
