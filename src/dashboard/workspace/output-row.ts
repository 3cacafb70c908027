/**
 * A line of output as a log record.
 *
 *   {"time":…,"level":…,"message":…}   a record of ours, also by the names of ECS and Loki
 *   anything else                      what `console.log`, a crash or another program says
 */
import type { AttributeMap, AttributeValue } from '../contract/attributes.ts'
import type { OutputLine } from '../contract/services.ts'
import { type LogRow, levels, maxMessage } from '../otlp/log-records.ts'
import { idIn } from '../otlp/plain.ts'

const maxAttributes = 64

export interface OutputRow {
  readonly row: LogRow
  /** Whether it is a record of ours, which may come by OTLP as well. */
  readonly isRecord: boolean
}

/** Undefined for an empty line. */
export function outputRow(
  service: string,
  { stream, text, atMs }: Omit<OutputLine, 'id'>,
  nowMs: number,
): OutputRow | undefined {
  const record = recordFrom(text)
  if (record !== undefined) return { row: rowOf(service, record, nowMs), isRecord: true }
  if (text.trim() === '') return undefined
  const level = stream === 'stderr' ? 'error' : 'info'
  const message = text.slice(0, maxMessage)
  const row = { atMs, service, level, message, attributes: {}, traceId: null, spanId: null, source: 'output' } as const
  return { row, isRecord: false }
}

/** How the parts of a record are called, by how its line begins. */
const names = [
  { begin: '{"time":', time: 'time', level: 'level', message: 'message', trace: 'trace_id', span: 'span_id' },
  {
    begin: '{"@timestamp":',
    time: '@timestamp',
    level: 'log.level',
    message: 'message',
    trace: 'trace.id',
    span: 'span.id',
  },
  { begin: '{"ts":', time: 'ts', level: 'level', message: 'msg', trace: 'trace_id', span: 'span_id' },
] as const
const ofTheService = [
  'service',
  'version',
  'service.name',
  'service.version',
  'service_name',
  'service_version',
  'ecs.version',
]

interface OutputRecord {
  readonly time: string
  readonly level: unknown
  readonly message: string
  readonly traceId: unknown
  readonly spanId: unknown
  readonly fields: Readonly<Record<string, unknown>>
}

function recordFrom(text: string): OutputRecord | undefined {
  const name = names.find(({ begin }) => text.startsWith(begin))
  if (name === undefined) return undefined
  const record = objectIn(text)
  const { [name.time]: time, [name.message]: message, [name.level]: level } = record
  if (typeof time !== 'string' || typeof message !== 'string') return undefined
  const known = new Set<string>([name.time, name.level, name.message, name.trace, name.span, ...ofTheService])
  const fields = Object.fromEntries(Object.entries(record).filter(([field]) => !known.has(field)))
  return { time, level, message, traceId: record[name.trace], spanId: record[name.span], fields }
}

function objectIn(text: string): Readonly<Record<string, unknown>> {
  try {
    return Object(JSON.parse(text))
  } catch {
    return {}
  }
}

function rowOf(
  service: string,
  { time, level, message, traceId, spanId, fields }: OutputRecord,
  nowMs: number,
): LogRow {
  const atMs = Date.parse(time)
  return {
    atMs: Number.isNaN(atMs) ? nowMs : atMs,
    service,
    level: levels.find((name) => name === level) ?? 'info',
    message: message.slice(0, maxMessage),
    attributes: attributesOf(fields),
    traceId: idIn(traceId, 32) ?? null,
    spanId: idIn(spanId, 16) ?? null,
    source: 'output',
  }
}

function attributesOf(fields: Readonly<Record<string, unknown>>): AttributeMap {
  // JSON.parse gives nothing but what an attribute may be.
  return Object.fromEntries(Object.entries(fields).slice(0, maxAttributes)) as Record<string, AttributeValue>
}
