/**
 * Terminal lines: what services write, as one stream for people, each line behind the name of its service.
 *
 *   orders    │ 12:00:00.123 INFO  order placed  orderId=17
 *   gateway   │ any other line stays as it is
 *   gateway   · ready at http://127.0.0.1:20417
 */
import { prettyFormat } from '../telemetry/formats/pretty.ts'
import type { LogFormat } from '../telemetry/log-format.ts'
import type { LogFields, LogLevel } from '../telemetry/logger.ts'
import type { OrchestratorEvent, ServiceSnapshot } from './event.ts'

export interface TerminalLinesOptions {
  /** All names, so that the lines stand in a column and each service has its colour. */
  readonly names: readonly string[]
  /** Whether to use ANSI colours; `wantsColor` of telemetry knows what the user wishes. */
  readonly color: boolean
}

const nameColors = [36, 33, 35, 32, 34, 96, 93, 95, 92, 94] as const
const red = 31
const dim = 2
const levels: ReadonlySet<string> = new Set(['trace', 'debug', 'info', 'warn', 'error', 'fatal'] satisfies LogLevel[])

/** Gives the text of an event, with its newline; empty for one that is not worth a line. */
export function terminalLines({ names, color }: TerminalLinesOptions): (event: OrchestratorEvent) => string {
  const width = Math.max(0, ...names.map((name) => name.length))
  const format = prettyFormat({ color })
  const paint = (code: number, text: string): string => (color ? `\x1b[${code}m${text}\x1b[0m` : text)
  const prefix = (name: string, separator: string): string =>
    paint(nameColors[Math.max(0, names.indexOf(name)) % nameColors.length] ?? dim, `${name.padEnd(width)} ${separator}`)

  return (event) => {
    if (event.kind === 'line') {
      const before = prefix(event.name, '│')
      return `${readable(event.text, format)
        .map((line) => `${before} ${line}`)
        .join('\n')}\n`
    }
    const text = stateText(event.service, event.note)
    if (text === '') return ''
    return `${prefix(event.service.name, '·')} ${paint(event.service.state === 'crashed' ? red : dim, text)}\n`
  }
}

function stateText({ state, url }: ServiceSnapshot, note: string | undefined): string {
  if (state === 'ready') return `ready at ${url}`
  if (state === 'crashed') return `crashed: ${note ?? ''}`
  if (state === 'stopping') return note === undefined ? 'stopping' : `restarting: ${note}`
  return ''
}

/** Our own JSON log lines in their readable form; whatever else a process prints stays as it is. */
function readable(text: string, format: LogFormat): readonly string[] {
  const record = logRecordFrom(text)
  if (record === undefined) return [text]
  const { time, level, message, service: _repeatsThePrefix, version: _isNoNews, trace_id, span_id, ...fields } = record
  const line = format.line({
    timeMs: Date.parse(time),
    level: level as LogLevel,
    message,
    trace: trace_id === undefined ? undefined : { traceId: trace_id, spanId: span_id ?? '', sampled: true },
    bound: '',
    fields: Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, withoutStack(value)])),
  })
  return [line.trimEnd(), ...stacksOf(fields)]
}

interface LogLine extends LogFields {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly trace_id?: string
  readonly span_id?: string
}

function logRecordFrom(text: string): LogLine | undefined {
  if (!text.startsWith('{"time":')) return undefined
  try {
    const record = JSON.parse(text)
    return levels.has(record.level) && !Number.isNaN(Date.parse(record.time)) ? record : undefined
  } catch {
    return undefined
  }
}

/** Errors travel as objects with a `stack`, which reads better below its line than within it. */
function withoutStack(value: unknown): unknown {
  if (!hasStack(value)) return value
  const { stack: _below, ...rest } = value
  return rest
}

function stacksOf(fields: LogFields): string[] {
  return Object.values(fields)
    .filter(hasStack)
    .flatMap(({ stack }) => stack.split('\n').map((line) => `    ${line}`))
}

function hasStack(value: unknown): value is { stack: string } {
  return typeof value === 'object' && value !== null && 'stack' in value && typeof value.stack === 'string'
}
