/** Logger: structured lines with levels; child loggers carry fields. */

export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'fatal'

/** The lowest level that is written; `silent` writes nothing. */
export type LogThreshold = LogLevel | 'silent'

/** JSON values, and errors under any name; secrets are redacted by key before anything is written. */
export type LogFields = Readonly<Record<string, unknown>>

export interface Logger {
  readonly level: LogThreshold
  isEnabled(level: LogLevel): boolean
  log(level: LogLevel, message: string, fields?: LogFields): void
  trace(message: string, fields?: LogFields): void
  debug(message: string, fields?: LogFields): void
  info(message: string, fields?: LogFields): void
  warn(message: string, fields?: LogFields): void
  error(message: string, fields?: LogFields): void
  fatal(message: string, fields?: LogFields): void
  /** A logger that adds `fields` to each of its lines. */
  child(fields: LogFields): Logger
}
