/**
 * A line of output as a log record.
 *
 *   {"time":…,"level":…,"message":…}   our own record: taken, unless the service sends its logs by OTLP as well
 *   anything else                      what `console.log`, a crash or another program says: always taken
 */
import type { AttributeMap, AttributeValue } from '../contract/attributes.ts'
import type { OutputLine } from '../contract/services.ts'
import { type LogRow, levels, maxMessage } from '../otlp/log-records.ts'
import { idIn } from '../otlp/plain.ts'

const maxAttributes = 64

export function outputRow(
  service: string,
  { stream, text, atMs }: Omit<OutputLine, 'id'>,
  sendsLogs: boolean,
  nowMs: number,
): LogRow | undefined {
  const record = recordFrom(text)
  if (record !== undefined) return sendsLogs ? undefined : rowOf(service, record, nowMs)
  if (text.trim() === '') return undefined
  const level = stream === 'stderr' ? 'error' : 'info'
  const message = text.slice(0, maxMessage)
  return { atMs, service, level, message, attributes: {}, traceId: null, spanId: null, source: 'output' }
}

type OutputRecord = Readonly<Record<string, unknown>> & { readonly time: string; readonly message: string }

function recordFrom(text: string): OutputRecord | undefined {
  if (!text.startsWith('{"time":')) return undefined
  try {
    const record: unknown = JSON.parse(text)
    const { time, message } = record as { time?: unknown; message?: unknown }
    return typeof time === 'string' && typeof message === 'string' ? (record as OutputRecord) : undefined
  } catch {
    return undefined
  }
}

function rowOf(service: string, record: OutputRecord, nowMs: number): LogRow {
  const { time, level, message, service: _known, version: _ofTheService, trace_id, span_id, ...fields } = record
  const atMs = Date.parse(time)
  return {
    atMs: Number.isNaN(atMs) ? nowMs : atMs,
    service,
    level: levels.find((name) => name === level) ?? 'info',
    message: message.slice(0, maxMessage),
    attributes: attributesOf(fields),
    traceId: idIn(trace_id, 32) ?? null,
    spanId: idIn(span_id, 16) ?? null,
    source: 'output',
  }
}

function attributesOf(fields: Readonly<Record<string, unknown>>): AttributeMap {
  // JSON.parse gives nothing but what an attribute may be.
  return Object.fromEntries(Object.entries(fields).slice(0, maxAttributes)) as Record<string, AttributeValue>
}
