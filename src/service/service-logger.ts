/** The logger that a service has unless it brings its own: standard output, JSON for machines, colours for people. */
import type { Environment } from '../platform/environment.ts'
import { isTerminal } from '../platform/log-output.ts'
import { wantsColor } from '../telemetry/formats/pretty.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import type { RootLogger } from '../telemetry/line-logger.ts'
import type { LogThreshold } from '../telemetry/logger.ts'
import { createPrettyLogger } from '../telemetry/pretty-logger.ts'
import type { LoggingParts } from './logging-options.ts'
import type { ServiceSettings } from './service-settings.ts'

export interface ServiceLoggerOptions extends LoggingParts {
  readonly name: string
  readonly version: string
  readonly level?: LogThreshold
  readonly format?: ServiceSettings['logFormat']
  /** The worker's number, where there are several. */
  readonly worker?: number | undefined
  /** Whether lines of errors hold their stacks; default true. */
  readonly withStacks?: boolean
  /** Says whether colours are wanted; default nothing, hence on a terminal. */
  readonly env?: Environment
}

export function createServiceLogger({
  name,
  version,
  level,
  format = isTerminal() ? 'pretty' : 'json',
  worker,
  withStacks = true,
  env = {},
  ...parts
}: ServiceLoggerOptions): RootLogger {
  const ofWorker = worker === undefined ? {} : { worker }
  const options = { ...parts, withStacks, ...(level !== undefined && { level }) }
  if (format === 'pretty') {
    const color = parts.sink === undefined && wantsColor(env, isTerminal())
    return createPrettyLogger({ ...options, fields: ofWorker, color })
  }
  const preset = format === 'json' ? 'plain' : format
  return createJsonLogger({ ...options, preset, fields: { service: name, version, ...ofWorker } })
}
