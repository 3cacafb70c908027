/** JSON logger: one object per line, for machines; what a service in production logs with. */
import { type JsonFormatOptions, jsonFormat } from './formats/json.ts'
import { createLineLogger, type LineLoggerOptions, type RootLogger } from './line-logger.ts'
import { stdoutSink } from './sinks/stdout.ts'

export interface JsonLoggerOptions extends Omit<LineLoggerOptions, 'format' | 'sink'>, JsonFormatOptions {
  /** Default: standard output. */
  readonly sink?: LineLoggerOptions['sink']
}

export function createJsonLogger({ sink = stdoutSink(), ...options }: JsonLoggerOptions = {}): RootLogger {
  return createLineLogger({ ...options, sink, format: jsonFormat(options) })
}
