/** Log records as OTLP's JSON. */
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, jsonAnyValue, jsonAttributes, jsonTime } from './attribute-encoding.ts'
import { type LogEntry, severityNumbers } from './log-entry.ts'

const encoder = new TextEncoder()

export class JsonLogEncoder implements BatchEncoder<LogEntry> {
  readonly #resource: string
  readonly #texts: string[] = []
  #characters = 0

  constructor(resource: SpanAttributes) {
    this.#resource = JSON.stringify({ attributes: jsonAttributes(flatAttributes(resource)) })
  }

  get count(): number {
    return this.#texts.length
  }

  get byteLength(): number {
    return this.#texts.length === 0 ? 0 : this.#resource.length + this.#characters
  }

  add(entry: LogEntry): void {
    const text = JSON.stringify(jsonLog(entry))
    this.#texts.push(text)
    this.#characters += text.length + 1
  }

  take(): Uint8Array {
    const records = this.#texts.splice(0).join()
    this.#characters = 0
    const scopeLogs = `[{"scope":{"name":"genever"},"logRecords":[${records}]}]`
    return encoder.encode(`{"resourceLogs":[{"resource":${this.#resource},"scopeLogs":${scopeLogs}}]}`)
  }
}

function jsonLog({ timeMs, level, body, trace, attributes }: LogEntry): object {
  return {
    timeUnixNano: jsonTime(timeMs),
    observedTimeUnixNano: jsonTime(timeMs),
    severityNumber: severityNumbers[level],
    severityText: level.toUpperCase(),
    body: jsonAnyValue(body),
    attributes: jsonAttributes(attributes),
    ...(trace !== undefined && { flags: trace.sampled ? 1 : 0, traceId: trace.traceId, spanId: trace.spanId }),
  }
}
