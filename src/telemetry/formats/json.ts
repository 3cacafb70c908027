/**
 * JSON lines: one object per line, as log collectors expect them.
 *
 *   {"time":"2030-01-01T12:00:00.123Z","level":"info","message":"order placed","service":"orders",
 *    "trace_id":"0af7…","span_id":"b7ad…","orderId":17}
 *
 * The time is RFC 3339 in UTC with milliseconds; the ids are there whenever the work has a span. A preset has the names that
 * one family of collectors looks for.
 */
import type { LogFormat, LogRecord } from '../log-format.ts'
import type { LogFields } from '../logger.ts'
import { BoundedJson, type BoundedJsonOptions } from './bounded-json.ts'

/** `ecs`: Elastic Common Schema 8, for Elasticsearch and OpenSearch. `loki`: what Grafana's Loki and its pages look for. */
export type JsonPreset = 'plain' | 'ecs' | 'loki'

export interface JsonFormatOptions extends Omit<BoundedJsonOptions, 'reservedNames'> {
  /** Default `plain`. */
  readonly preset?: JsonPreset
}

interface LineNames {
  readonly time: string
  readonly level: string
  readonly message: string
  readonly trace: string
  readonly span: string
  /** Stands behind the message, comma included. */
  readonly constant: string
  /** What the fields of a service are called, where they are not called by their own names. */
  readonly renamed: Readonly<Record<string, string>>
}

const presets: Readonly<Record<JsonPreset, LineNames>> = {
  plain: {
    time: 'time',
    level: 'level',
    message: 'message',
    trace: 'trace_id',
    span: 'span_id',
    constant: '',
    renamed: {},
  },
  // ECS has objects of these names, so that a text under one of them would be refused by the index.
  ecs: {
    time: '@timestamp',
    level: 'log.level',
    message: 'message',
    trace: 'trace.id',
    span: 'span.id',
    constant: ',"ecs.version":"8.11.0"',
    renamed: { service: 'service.name', version: 'service.version', worker: 'service.node.name' },
  },
  loki: {
    time: 'ts',
    level: 'level',
    message: 'msg',
    trace: 'trace_id',
    span: 'span_id',
    constant: '',
    renamed: { service: 'service_name', version: 'service_version' },
  },
}

export function jsonFormat({ preset = 'plain', ...options }: JsonFormatOptions = {}): LogFormat {
  const names = presets[preset]
  const { time, level, message, trace, span, constant, renamed } = names
  const json = new BoundedJson({ ...options, reservedNames: [time, level, message, trace, span] })
  const fieldsOf = fieldsWriter(preset, json, renamed)
  const head = new LineHead()
  const timeText = new TimeText()
  const [start, levelPart, messagePart] = [`{"${time}":"`, `","${level}":"`, `","${message}":`]
  const [tracePart, spanPart] = [`,"${trace}":"`, `","${span}":"`]
  return {
    bind: fieldsOf,
    line(record: LogRecord): string {
      const { fields } = record
      if (!head.isThatOf(record)) {
        const { timeMs, level, message, bound } = record
        head.keep(
          record,
          `${start}${timeText.at(timeMs)}${levelPart}${level}${messagePart}${json.value('', message)}${constant}${bound}`,
        )
      }
      let line = head.text
      if (record.trace !== undefined) line += `${tracePart}${record.trace.traceId}${spanPart}${record.trace.spanId}"`
      if (fields !== undefined) line += fieldsOf(fields)
      return `${line}}\n`
    },
  }
}

function fieldsWriter(preset: JsonPreset, json: BoundedJson, renamed: LineNames['renamed']): LogFormat['bind'] {
  if (preset === 'plain') return (fields) => json.fields(fields)
  return (fields) => {
    let text = ''
    for (const [name, value] of Object.entries(fields)) {
      if (preset === 'ecs' && value instanceof Error) text += json.fields(ecsError(name, value))
      else text += json.fields({ [Object.hasOwn(renamed, name) ? String(renamed[name]) : name]: value })
    }
    return text
  }
}

/** `error` and `err` are the error of the line; under another name it keeps that, as a prefix. */
function ecsError(name: string, error: Error): LogFields {
  const prefix = name === 'error' || name === 'err' ? 'error' : `${name}.error`
  const code = 'code' in error ? { [`${prefix}.code`]: String(error.code) } : {}
  return {
    [`${prefix}.type`]: error.name,
    [`${prefix}.message`]: error.message,
    ...code,
    [`${prefix}.stack_trace`]: error.stack,
    ...(error.cause !== undefined && { [`${prefix}.cause`]: error.cause }),
  }
}

/** How the last line began: lines of one millisecond, such as those of requests that came together, often begin alike. */
class LineHead {
  text = ''
  #timeMs = Number.NaN
  #level = ''
  #message = ''
  #bound = ''

  isThatOf({ timeMs, level, message, bound }: LogRecord): boolean {
    return timeMs === this.#timeMs && message === this.#message && bound === this.#bound && level === this.#level
  }

  keep({ timeMs, level, message, bound }: LogRecord, text: string): void {
    this.text = text
    this.#timeMs = timeMs
    this.#level = level
    this.#message = message
    this.#bound = bound
  }
}

/** RFC 3339 text of a time. Lines come in bursts, so the text of a millisecond is kept, and that up to the second. */
class TimeText {
  #timeMs = Number.NaN
  #text = ''
  #second = Number.NaN
  #upToSecond = ''

  at(timeMs: number): string {
    if (timeMs === this.#timeMs) return this.#text
    const second = Math.floor(timeMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#upToSecond = new Date(second * 1000).toISOString().slice(0, -4)
    }
    const ms = Math.floor(timeMs - second * 1000)
    this.#timeMs = timeMs
    this.#text = `${this.#upToSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
    return this.#text
  }
}
