/**
 * JSON lines: one object per line, as log collectors expect them.
 *
 *   {"time":"2030-01-01T12:00:00.123Z","level":"info","message":"order placed","service":"orders",
 *    "trace_id":"0af7…","span_id":"b7ad…","orderId":17}
 *
 * `time` is RFC 3339 in UTC with milliseconds; `trace_id` and `span_id` are there whenever the work has a span.
 */
import type { LogFormat, LogRecord } from '../log-format.ts'
import { BoundedJson, type BoundedJsonOptions } from './bounded-json.ts'

export type JsonFormatOptions = Omit<BoundedJsonOptions, 'reservedNames'>

export function jsonFormat(options: JsonFormatOptions = {}): LogFormat {
  const json = new BoundedJson({ ...options, reservedNames: ['time', 'level', 'message', 'trace_id', 'span_id'] })
  const time = new TimeText()
  return {
    bind: (fields) => json.fields(fields),
    line({ timeMs, level, message, trace, bound, fields }: LogRecord): string {
      let line = `{"time":"${time.at(timeMs)}","level":"${level}","message":${json.value('', message)}${bound}`
      if (trace !== undefined) line += `,"trace_id":"${trace.traceId}","span_id":"${trace.spanId}"`
      if (fields !== undefined) line += json.fields(fields)
      return `${line}}\n`
    },
  }
}

/** RFC 3339 text of a time. Lines come in bursts, so the text up to the second is kept. */
class TimeText {
  #second = Number.NaN
  #upToSecond = ''

  at(timeMs: number): string {
    const second = Math.floor(timeMs / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#upToSecond = new Date(second * 1000).toISOString().slice(0, -4)
    }
    const ms = Math.floor(timeMs - second * 1000)
    return `${this.#upToSecond}${ms < 10 ? '00' : ms < 100 ? '0' : ''}${ms}Z`
  }
}
