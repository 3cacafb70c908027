/** LogFormat: turns what was logged into one line of text. Pure, apart from caches. */
import type { LogFields, LogLevel } from './logger.ts'
import type { TraceContext } from './tracer.ts'

export interface LogFormat {
  /** The text for fields that many lines share, rendered once; `line` gets it back as `bound`. */
  bind(fields: LogFields): string
  /** One line with its newline. What cannot be rendered is named in the line; nothing throws. */
  line(record: LogRecord): string
}

export interface LogRecord {
  /** Milliseconds since the Unix epoch. */
  readonly timeMs: number
  readonly level: LogLevel
  readonly message: string
  readonly trace: TraceContext | undefined
  /** What `bind` made of the logger's own fields; they share no name with `fields`. */
  readonly bound: string
  readonly fields: LogFields | undefined
}
