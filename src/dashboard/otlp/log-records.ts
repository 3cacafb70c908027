/** Log records out of a request: checked, bounded, in the form in which they are kept. */
import type { AttributeMap, AttributeValue } from '../contract/attributes.ts'
import type { LogLevelName } from '../contract/logs.ts'
import { attributesFrom, itemAttributes, valueFrom } from './attributes.ts'
import { idIn, millisecondsIn, numberIn, textIn } from './plain.ts'
import { itemsOf, type ScopedItem } from './source.ts'
import type { Received } from './spans.ts'

export interface LogRow {
  readonly atMs: number
  readonly service: string
  readonly level: LogLevelName
  readonly message: string
  readonly attributes: AttributeMap
  readonly traceId: string | null
  readonly spanId: string | null
  readonly source: 'otlp' | 'output'
}

const maxRecords = 20_000
export const maxMessage = 16_384

export function logsFrom(request: unknown, nowMs: number): Received<LogRow> {
  const rows: LogRow[] = []
  let rejected = 0
  for (const item of itemsOf(request, ['resourceLogs', 'scopeLogs', 'logRecords'])) {
    if (rows.length < maxRecords) rows.push(logFrom(item, nowMs))
    else rejected++
  }
  return { rows, rejected, reason: rejected === 0 ? '' : `A request holds ${maxRecords} records at most.` }
}

function logFrom({ source, item }: ScopedItem, nowMs: number): LogRow {
  const { map } = attributesFrom(item.attributes, itemAttributes)
  const body = valueFrom(item.body, maxMessage, 1)
  return {
    // The specification: where the event's own time is not known, the observer's stands for it.
    atMs: millisecondsIn(item.timeUnixNano) || millisecondsIn(item.observedTimeUnixNano) || nowMs,
    service: source.service,
    level: levelFrom(numberIn(item.severityNumber), textIn(item.severityText, 20)),
    message: textOf(body) || textIn(item.eventName, 256),
    attributes: map,
    traceId: idIn(item.traceId, 32) ?? null,
    spanId: idIn(item.spanId, 16) ?? null,
    source: 'otlp',
  }
}

function textOf(body: AttributeValue): string {
  if (body === null) return ''
  return typeof body === 'string' ? body : JSON.stringify(body).slice(0, maxMessage)
}

export const levels: readonly LogLevelName[] = ['trace', 'debug', 'info', 'warn', 'error', 'fatal']

/** Four numbers for each level, from 1 on; 0 is unspecified, and the text may still say it. */
function levelFrom(number: number, text: string): LogLevelName {
  if (number > 0) return levels[Math.min(5, Math.floor((number - 1) / 4))] ?? 'info'
  const word = text.toLowerCase()
  return levels.find((level) => word.startsWith(level)) ?? 'info'
}
