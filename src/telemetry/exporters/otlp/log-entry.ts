/**
 * LogEntry: a line of the log as it is exported: bounded, without secrets, masked, exactly as it stands in the line.
 *
 *   logger ─▶ LoggedRecord ─▶ one attribute for each field: scalars as they are, what has members as JSON text, errors as exception.*
 */
import type { BoundedJson } from '../../formats/bounded-json.ts'
import type { LoggedRecord } from '../../line-logger.ts'
import type { LogFields, LogLevel } from '../../logger.ts'
import type { AttributeValue, TraceContext } from '../../tracer.ts'

export interface LogEntry {
  readonly timeMs: number
  readonly level: LogLevel
  readonly body: string
  readonly trace: TraceContext | undefined
  readonly attributes: readonly AttributeValue[]
}

/** Of the OpenTelemetry data model of logs. */
export const severityNumbers: Readonly<Record<LogLevel, number>> = {
  trace: 1,
  debug: 5,
  info: 9,
  warn: 13,
  error: 17,
  fatal: 21,
}

/** What the resource says already. */
const ofResource = new Set(['service', 'version'])

export function logEntryFrom(record: LoggedRecord, json: BoundedJson): LogEntry {
  const { timeMs, level, message, trace, boundFields, fields } = record
  const attributes: AttributeValue[] = []
  for (const name of Object.keys(boundFields)) {
    if (!ofResource.has(name) && fields?.[name] === undefined) addAttribute(attributes, name, boundFields[name], json)
  }
  if (fields !== undefined) for (const name of Object.keys(fields)) addAttribute(attributes, name, fields[name], json)
  return { timeMs, level, trace, body: String(json.plain('', message) ?? plain(json.value('', message))), attributes }
}

function addAttribute(attributes: AttributeValue[], name: string, value: unknown, json: BoundedJson): void {
  if (value === undefined) return
  if (value instanceof Error) attributes.push(...exceptionAttributes(name, value, json))
  else attributes.push(name, json.plain(name, value) ?? plain(json.value(name, value)))
}

/** Text and numbers are themselves; what has members stays JSON. */
function plain(text: string): string | number | boolean {
  const first = text.charCodeAt(0)
  const hasMembers = first === 0x7b || first === 0x5b
  return hasMembers || text === 'null' ? text : JSON.parse(text)
}

function exceptionAttributes(name: string, error: Error, json: BoundedJson): AttributeValue[] {
  const known = JSON.parse(json.value(name, error)) as LogFields | string
  // A field of that name may be hidden altogether.
  if (typeof known === 'string') return [name, known]
  const { name: type, message, stack, ...rest } = known
  const attributes: AttributeValue[] = ['exception.type', String(type), 'exception.message', String(message)]
  if (stack !== undefined) attributes.push('exception.stacktrace', String(stack))
  for (const [key, value] of Object.entries(rest)) {
    attributes.push(`exception.${key}`, typeof value === 'object' ? JSON.stringify(value) : String(value))
  }
  return attributes
}
