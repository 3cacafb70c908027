/** Before a service starts outside of a test: settings are looked up, and what depends on them is put in its place. */
import type { Environment } from '../platform/environment.ts'
import { usableEngine } from './engines.ts'
import { loadSettings } from './load-settings.ts'
import { type LoggingParts, openLogging } from './logging-options.ts'
import { createServiceLogger } from './service-logger.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'

export interface PrepareOptions {
  /** Settings that apply where the environment says nothing. */
  readonly given: Partial<ServiceSettings>
  readonly env: Environment
  /** The worker's number, where there are several. */
  readonly worker?: number | undefined
}

/** @throws ServiceError `INVALID_CONFIG` with every problem; `SERVICE_STARTED`. */
export async function prepare(parts: ServiceParts, options: PrepareOptions): Promise<ServiceSettings> {
  const { given, env, worker } = options
  const { settings, own, config } = await loadSettings(parts, given, env)
  const { name, version, configSlot, log } = parts
  const { mode, logLevel: level, logFormat: format } = settings
  parts.begin(settings)
  parts.settingsView.note(settings, own)
  const withStacks = mode !== 'production'
  const { log: brought, logging = {} } = parts.options
  const opened: LoggingParts = brought === undefined ? await openLogging(logging, settings.logFile) : {}
  log.setDestination(
    brought ?? createServiceLogger({ ...opened, name, version, level, format, withStacks, worker, env }),
  )
  if (config !== undefined) configSlot.fill(config)
  const { tap } = log
  const hiding = { withStacks, ...(opened.mask !== undefined && { mask: opened.mask }) }
  parts.telemetry.configure(env, tap === undefined ? undefined : { onRecord: tap, hiding })
  return { ...settings, engine: await usableEngine(settings.engine, log) }
}
