/**
 * Spans as Zipkin's JSON, version 2: a list of them, each with the service's name.
 *
 *   { traceId, id, parentId, name, kind, timestamp and duration in microseconds, localEndpoint, remoteEndpoint,
 *     annotations: [{ timestamp, value }], tags }
 *
 * What Zipkin has no place for goes into tags, as OpenTelemetry's mapping says. Links have none.
 */
import type { EventRecord, FlatAttributes, SpanRecord } from '../../span-record.ts'
import type { SpanKind } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'

const encoder = new TextEncoder()

export class ZipkinSpanEncoder implements BatchEncoder<SpanRecord> {
  readonly #localEndpoint: { readonly serviceName: string }
  readonly #texts: string[] = []
  #characters = 0

  constructor(serviceName: string) {
    this.#localEndpoint = { serviceName }
  }

  get count(): number {
    return this.#texts.length
  }

  get byteLength(): number {
    return this.#characters
  }

  add(span: SpanRecord): void {
    const text = JSON.stringify({ ...zipkinSpan(span), localEndpoint: this.#localEndpoint })
    this.#texts.push(text)
    this.#characters += text.length + 1
  }

  take(): Uint8Array {
    this.#characters = 0
    return encoder.encode(`[${this.#texts.splice(0).join()}]`)
  }
}

/** A kind of work that is nobody else's business has no word. */
const kinds: Readonly<Record<SpanKind, string | undefined>> = {
  server: 'SERVER',
  client: 'CLIENT',
  producer: 'PRODUCER',
  consumer: 'CONSUMER',
  internal: undefined,
}

function zipkinSpan(span: SpanRecord): object {
  const { context, parentSpanId, name, kind, startMs, endMs, events } = span
  return {
    traceId: context.traceId,
    id: context.spanId,
    parentId: parentSpanId,
    name,
    kind: kinds[kind],
    timestamp: Math.round(startMs * 1_000),
    // Zipkin reads 0 as «not known».
    duration: Math.max(1, Math.round((endMs - startMs) * 1_000)),
    remoteEndpoint: remoteEndpoint(span),
    annotations: events.map((event) => ({ timestamp: Math.round(event.timeMs * 1_000), value: annotation(event) })),
    tags: tagsOf(span),
  }
}

function tagsOf({ attributes, scope, status, statusText }: SpanRecord): Record<string, string> {
  const tags = textsOf(attributes)
  tags['otel.scope.name'] = scope.name
  if (scope.version !== undefined) tags['otel.scope.version'] = scope.version
  if (status !== 'unset') tags['otel.status_code'] = status.toUpperCase()
  // Its presence is what makes a span red.
  if (status === 'error') tags.error = statusText
  return tags
}

function annotation({ name, attributes }: EventRecord): string {
  return attributes.length === 0 ? name : `"${name}":${JSON.stringify(textsOf(attributes))}`
}

function textsOf(attributes: FlatAttributes): Record<string, string> {
  const texts: Record<string, string> = {}
  for (let i = 0; i < attributes.length; i += 2) {
    const value = attributes[i + 1]
    texts[String(attributes[i])] = typeof value === 'object' ? JSON.stringify(value) : String(value)
  }
  return texts
}

/** Whom a call went to, by the first of the attributes that name it. */
const remoteNames = ['peer.service', 'server.address', 'network.peer.address']

function remoteEndpoint({ kind, attributes }: SpanRecord): object | undefined {
  if (kind !== 'client' && kind !== 'producer') return undefined
  const texts = textsOf(attributes)
  const serviceName = remoteNames.map((name) => texts[name]).find((text) => text !== undefined)
  if (serviceName === undefined) return undefined
  const port = Number(texts['server.port'])
  return { serviceName, ...(Number.isInteger(port) && { port }) }
}
