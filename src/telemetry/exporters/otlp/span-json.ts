/** Spans as OTLP's JSON: the same messages in protobuf's JSON form, but ids in hex digits. */
import type { SpanRecord } from '../../span-record.ts'
import type { SpanAttributes, SpanScope } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, jsonAttributes, jsonTime } from './attribute-encoding.ts'
import { contextFlags, spanKinds, statusCodes } from './span-codes.ts'

interface ScopeSpans {
  readonly scope: SpanScope
  readonly texts: string[]
}

const encoder = new TextEncoder()

export class JsonSpanEncoder implements BatchEncoder<SpanRecord> {
  readonly #resource: string
  readonly #scopes = new Map<string, ScopeSpans>()
  #characters = 0
  #count = 0

  constructor(resource: SpanAttributes) {
    this.#resource = JSON.stringify({ attributes: jsonAttributes(flatAttributes(resource)) })
  }

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#count === 0 ? 0 : this.#resource.length + this.#characters
  }

  add(span: SpanRecord): void {
    const { name, version = '' } = span.scope
    const key = `${name}\n${version}`
    const spans = this.#scopes.get(key) ?? { scope: { name, version }, texts: [] }
    this.#scopes.set(key, spans)
    const text = JSON.stringify(jsonSpan(span))
    spans.texts.push(text)
    this.#characters += text.length + 1
    this.#count++
  }

  take(): Uint8Array {
    const scopeSpans = [...this.#scopes.values()].map(
      ({ scope, texts }) => `{"scope":${JSON.stringify(scope)},"spans":[${texts.join()}]}`,
    )
    this.#scopes.clear()
    this.#characters = 0
    this.#count = 0
    return encoder.encode(`{"resourceSpans":[{"resource":${this.#resource},"scopeSpans":[${scopeSpans.join()}]}]}`)
  }
}

function jsonSpan(span: SpanRecord): object {
  const { context, events, links } = span
  return {
    traceId: context.traceId,
    spanId: context.spanId,
    traceState: context.traceState,
    parentSpanId: span.parentSpanId,
    flags: contextFlags(context, span.hasRemoteParent),
    name: span.name,
    kind: spanKinds[span.kind],
    startTimeUnixNano: jsonTime(span.startMs),
    endTimeUnixNano: jsonTime(span.endMs),
    attributes: jsonAttributes(span.attributes),
    droppedAttributesCount: span.droppedAttributes,
    events: events.map(({ name, timeMs, attributes, droppedAttributes }) => ({
      timeUnixNano: jsonTime(timeMs),
      name,
      attributes: jsonAttributes(attributes),
      droppedAttributesCount: droppedAttributes,
    })),
    droppedEventsCount: span.droppedEvents,
    links: links.map(({ context: linked, attributes, droppedAttributes }) => ({
      traceId: linked.traceId,
      spanId: linked.spanId,
      traceState: linked.traceState,
      attributes: jsonAttributes(attributes),
      droppedAttributesCount: droppedAttributes,
      flags: contextFlags(linked, true),
    })),
    droppedLinksCount: span.droppedLinks,
    status: { code: statusCodes[span.status], ...(span.statusText !== '' && { message: span.statusText }) },
  }
}
