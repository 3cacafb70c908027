/** The logger that a service has unless it brings its own: standard output, JSON for machines, colours for people. */
import type { Environment } from '../platform/environment.ts'
import { isTerminal } from '../platform/log-output.ts'
import { wantsColor } from '../telemetry/formats/pretty.ts'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import type { RootLogger } from '../telemetry/line-logger.ts'
import type { LogThreshold } from '../telemetry/logger.ts'
import { createPrettyLogger } from '../telemetry/pretty-logger.ts'

export interface ServiceLoggerOptions {
  readonly name: string
  readonly version: string
  readonly level?: LogThreshold
  readonly format?: 'json' | 'pretty'
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
}: ServiceLoggerOptions): RootLogger {
  const ofWorker = worker === undefined ? {} : { worker }
  const options = { withStacks, ...(level !== undefined && { level }) }
  if (format === 'json') return createJsonLogger({ ...options, fields: { service: name, version, ...ofWorker } })
  return createPrettyLogger({ ...options, fields: ofWorker, color: wantsColor(env, isTerminal()) })
}
