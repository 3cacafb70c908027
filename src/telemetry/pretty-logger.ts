/** Pretty logger: coloured lines, for people; what a service in development logs with. */
import { type PrettyFormatOptions, prettyFormat } from './formats/pretty.ts'
import { createLineLogger, type LineLoggerOptions, type RootLogger } from './line-logger.ts'
import { stdoutSink } from './sinks/stdout.ts'

export interface PrettyLoggerOptions extends Omit<LineLoggerOptions, 'format' | 'sink'>, PrettyFormatOptions {
  /** Default: standard output. */
  readonly sink?: LineLoggerOptions['sink']
}

export function createPrettyLogger({ sink = stdoutSink(), ...options }: PrettyLoggerOptions = {}): RootLogger {
  return createLineLogger({ ...options, sink, format: prettyFormat(options) })
}
