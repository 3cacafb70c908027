/** Spans out of a request: checked, bounded, in the form in which they are kept. */
import type { AttributeMap } from '../contract/attributes.ts'
import type { SpanEventView, SpanKindName, SpanLinkView } from '../contract/traces.ts'
import { attributesFrom, itemAttributes } from './attributes.ts'
import { idIn, listIn, millisecondsIn, numberIn, objectIn, type Plain, textIn } from './plain.ts'
import { itemsOf, type ScopedItem, type Source } from './source.ts'

export interface SpanRow {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: SpanKindName
  readonly startMs: number
  readonly durationMs: number
  readonly status: 'unset' | 'ok' | 'error'
  readonly statusMessage: string
  readonly attributes: AttributeMap
  readonly events: readonly SpanEventView[]
  readonly links: readonly SpanLinkView[]
  readonly dropped: number
  readonly source: Source
  readonly scope: string
}

export interface Received<T> {
  readonly rows: readonly T[]
  readonly rejected: number
  /** Why, for the sender; empty if nothing was rejected. */
  readonly reason: string
}

const maxSpans = 20_000
const maxParts = 64
const maxName = 512
const maxMessage = 1_024

const kinds: readonly SpanKindName[] = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']
const statuses = ['unset', 'ok', 'error'] as const

export function spansFrom(request: unknown): Received<SpanRow> {
  const rows: SpanRow[] = []
  let rejected = 0
  for (const item of itemsOf(request, ['resourceSpans', 'scopeSpans', 'spans'])) {
    const row = rows.length < maxSpans ? spanFrom(item) : undefined
    if (row === undefined) rejected++
    else rows.push(row)
  }
  const reason = `Spans need ids of 16 and 8 bytes and a start; a request holds ${maxSpans} at most.`
  return { rows, rejected, reason: rejected === 0 ? '' : reason }
}

function spanFrom({ source, scope, item }: ScopedItem): SpanRow | undefined {
  const traceId = idIn(item.traceId, 32)
  const spanId = idIn(item.spanId, 16)
  const startMs = millisecondsIn(item.startTimeUnixNano)
  if (traceId === undefined || spanId === undefined || startMs <= 0) return undefined
  const { map, dropped } = attributesFrom(item.attributes, itemAttributes)
  const status = objectIn(item.status)
  return {
    traceId,
    spanId,
    parentSpanId: idIn(item.parentSpanId, 16) ?? null,
    name: textIn(item.name, maxName),
    kind: kinds[numberIn(item.kind)] ?? 'unspecified',
    startMs,
    durationMs: durationOf(item),
    status: statuses[numberIn(status.code)] ?? 'unset',
    statusMessage: textIn(status.message, maxMessage),
    attributes: map,
    events: listIn(item.events).slice(0, maxParts).map(eventFrom),
    links: listIn(item.links).slice(0, maxParts).flatMap(linkFrom),
    dropped: dropped + droppedOf(item),
    source,
    scope,
  }
}

/** Clocks that were set back give an end before the start. */
function durationOf(item: Plain): number {
  const nanos = numberIn(item.endTimeUnixNano) - numberIn(item.startTimeUnixNano)
  return Math.max(0, Math.round(nanos / 1_000) / 1_000)
}

function droppedOf(item: Plain): number {
  const leftOut = (list: unknown): number => Math.max(0, listIn(list).length - maxParts)
  const told = numberIn(item.droppedAttributesCount) + numberIn(item.droppedEventsCount)
  return told + numberIn(item.droppedLinksCount) + leftOut(item.events) + leftOut(item.links)
}

function eventFrom(value: unknown): SpanEventView {
  const { timeUnixNano, name, attributes } = objectIn(value)
  return {
    atMs: millisecondsIn(timeUnixNano),
    name: textIn(name, maxName),
    attributes: attributesFrom(attributes, itemAttributes).map,
  }
}

function linkFrom(value: unknown): SpanLinkView[] {
  const link = objectIn(value)
  const traceId = idIn(link.traceId, 32)
  const spanId = idIn(link.spanId, 16)
  if (traceId === undefined || spanId === undefined) return []
  return [{ traceId, spanId, attributes: attributesFrom(link.attributes, itemAttributes).map }]
}
