/**
 * Log records as protobuf: `ExportLogsServiceRequest` of opentelemetry-proto 1.x.
 *
 *   request { resource_logs = 1 { resource = 1, scope_logs = 2 { scope = 1, log_records = 2 … } } }
 */
import { ByteWriter } from '../../../foundation/bytes/byte-writer.ts'
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, writeAnyValue, writeAttributes } from './attribute-encoding.ts'
import { type LogEntry, severityNumbers } from './log-entry.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

export class ProtobufLogEncoder implements BatchEncoder<LogEntry> {
  readonly #resource: Uint8Array
  readonly #records = new ProtobufWriter()
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
    return this.#count === 0 ? 0 : this.#resource.length + this.#records.out.end
  }

  add(entry: LogEntry): void {
    writeLog(this.#records, 2, entry)
    this.#count++
  }

  take(): Uint8Array {
    const records = this.#records.out
    const writer = new ProtobufWriter(new ByteWriter(records.end + this.#resource.length + 256))
    const resourceLogs = writer.begin(1)
    writer.message(1, this.#resource)
    const scopeLogs = writer.begin(2)
    const scope = writer.begin(1)
    writer.text(1, 'genever')
    writer.end(scope)
    writer.out.copy(records.written())
    writer.end(scopeLogs)
    writer.end(resourceLogs)
    records.end = 0
    this.#count = 0
    return writer.out.written()
  }
}

function writeLog(writer: ProtobufWriter, field: number, entry: LogEntry): void {
  const { timeMs, level, body, trace, attributes } = entry
  const start = writer.begin(field)
  writer.time(1, timeMs)
  writer.uint(2, severityNumbers[level])
  writer.text(3, level.toUpperCase())
  writeAnyValue(writer, 5, body)
  writeAttributes(writer, 6, attributes)
  if (trace !== undefined) {
    writer.fixed32(8, trace.sampled ? 1 : 0)
    writer.hex(9, trace.traceId)
    writer.hex(10, trace.spanId)
  }
  writer.time(11, timeMs)
  writer.end(start)
}
