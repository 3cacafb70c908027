/**
 * Spans as protobuf: `ExportTraceServiceRequest` of opentelemetry-proto 1.x.
 *
 *   request { resource_spans = 1 { resource = 1, scope_spans = 2 { scope = 1, spans = 2 … } … } }
 *
 * Each span is written when it ends, into the bytes of its scope; `take` puts the frame around them.
 */
import { ByteWriter } from '../../../foundation/bytes/byte-writer.ts'
import type { EventRecord, LinkRecord, SpanRecord } from '../../span-record.ts'
import type { SpanAttributes, SpanScope, TraceContext } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, writeAttributes } from './attribute-encoding.ts'
import { ProtobufWriter } from './protobuf-writer.ts'
import { contextFlags, spanKinds, statusCodes } from './span-codes.ts'

/** A scope of its own costs a writer; what goes beyond is told under the first one. */
const maxScopes = 64

export class ProtobufSpanEncoder implements BatchEncoder<SpanRecord> {
  readonly #resource: Uint8Array
  readonly #scopes = new Map<string, ProtobufWriter>()
  readonly #known: SpanScope[] = []
  #lastScope: SpanScope | undefined
  #lastWriter: ProtobufWriter | undefined
  #spanBytes = 0
  #count = 0

  constructor(resource: SpanAttributes) {
    const writer = new ProtobufWriter()
    writeAttributes(writer, 1, flatAttributes(resource))
    this.#resource = writer.out.written().slice()
  }

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#count === 0 ? 0 : this.#resource.length + this.#spanBytes
  }

  add(span: SpanRecord): void {
    const writer = span.scope === this.#lastScope && this.#lastWriter ? this.#lastWriter : this.#writerFor(span.scope)
    const before = writer.out.end
    writeSpan(writer, 2, span)
    this.#spanBytes += writer.out.end - before
    this.#count++
  }

  take(): Uint8Array {
    const writer = new ProtobufWriter(new ByteWriter(this.#spanBytes + this.#resource.length + 1_024))
    const resourceSpans = writer.begin(1)
    writer.message(1, this.#resource)
    for (const scope of this.#known) this.#writeScope(writer, scope)
    writer.end(resourceSpans)
    this.#spanBytes = 0
    this.#count = 0
    return writer.out.written()
  }

  #writeScope(writer: ProtobufWriter, { name, version = '' }: SpanScope): void {
    const spans = this.#scopes.get(scopeKey({ name, version }))
    if (spans === undefined || spans.out.end === 0) return
    const start = writer.begin(2)
    const scope = writer.begin(1)
    writer.text(1, name)
    writer.text(2, version)
    writer.end(scope)
    writer.out.copy(spans.out.written())
    writer.end(start)
    spans.out.end = 0
  }

  #writerFor(scope: SpanScope): ProtobufWriter {
    const key = scopeKey(scope)
    let writer = this.#scopes.get(key)
    if (writer === undefined && this.#known.length >= maxScopes) writer = this.#lastWriter
    if (writer === undefined) {
      writer = new ProtobufWriter()
      this.#scopes.set(key, writer)
      this.#known.push(scope)
    }
    this.#lastScope = scope
    this.#lastWriter = writer
    return writer
  }
}

function scopeKey({ name, version = '' }: SpanScope): string {
  return `${name}\n${version}`
}

export function writeSpan(writer: ProtobufWriter, field: number, span: SpanRecord): void {
  const { context } = span
  const start = writer.begin(field)
  writer.hex(1, context.traceId)
  writer.hex(2, context.spanId)
  if (context.traceState !== undefined) writer.text(3, context.traceState)
  if (span.parentSpanId !== undefined) writer.hex(4, span.parentSpanId)
  writer.text(5, span.name)
  writer.uint(6, spanKinds[span.kind])
  writer.time(7, span.startMs)
  writer.time(8, span.endMs)
  writeAttributes(writer, 9, span.attributes)
  writer.uint(10, span.droppedAttributes)
  for (const event of span.events) writeEvent(writer, 11, event)
  writer.uint(12, span.droppedEvents)
  for (const link of span.links) writeLink(writer, 13, link)
  writer.uint(14, span.droppedLinks)
  if (span.status !== 'unset') {
    const status = writer.begin(15)
    writer.text(2, span.statusText)
    writer.uint(3, statusCodes[span.status])
    writer.end(status)
  }
  writer.fixed32(16, contextFlags(context, span.hasRemoteParent))
  writer.end(start)
}

function writeEvent(writer: ProtobufWriter, field: number, event: EventRecord): void {
  const start = writer.begin(field)
  writer.time(1, event.timeMs)
  writer.text(2, event.name)
  writeAttributes(writer, 3, event.attributes)
  writer.uint(4, event.droppedAttributes)
  writer.end(start)
}

function writeLink(
  writer: ProtobufWriter,
  field: number,
  { context, attributes, droppedAttributes }: LinkRecord,
): void {
  const start = writer.begin(field)
  writeIds(writer, context)
  writeAttributes(writer, 4, attributes)
  writer.uint(5, droppedAttributes)
  writer.fixed32(6, contextFlags(context, true))
  writer.end(start)
}

function writeIds(writer: ProtobufWriter, { traceId, spanId, traceState = '' }: TraceContext): void {
  writer.hex(1, traceId)
  writer.hex(2, spanId)
  writer.text(3, traceState)
}
