/** The logger that a service has unless it brings its own: standard output, JSON for machines, colours for people. */
import { createJsonLogger } from '../telemetry/json-logger.ts'
import type { RootLogger } from '../telemetry/line-logger.ts'
import type { LogFields, LogThreshold } from '../telemetry/logger.ts'
import { createPrettyLogger } from '../telemetry/pretty-logger.ts'

export interface ServiceLoggerOptions {
  readonly name: string
  readonly version: string
  readonly level?: LogThreshold
  readonly format?: 'json' | 'pretty'
  /** The worker's number, where there are several. */
  readonly worker?: number | undefined
}

export function createServiceLogger({ name, version, level, format, worker }: ServiceLoggerOptions): RootLogger {
  const ofWorker = worker === undefined ? {} : { worker }
  const options = level === undefined ? {} : { level }
  if (format === 'pretty') return createPrettyLogger({ ...options, fields: { service: name, ...ofWorker } })
  const fields: LogFields = { service: name, version, ...ofWorker }
  return createJsonLogger({ ...options, fields })
}
