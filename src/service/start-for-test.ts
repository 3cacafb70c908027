/** A service inside the process of a test: free ports of the loopback address, nothing taken from the environment. */
import { configFrom } from './load-settings.ts'
import { type LoggingParts, openLogging } from './logging-options.ts'
import type { RunningService } from './running-service.ts'
import type { StartOptions } from './service.ts'
import { createServiceLogger } from './service-logger.ts'
import type { ServiceParts } from './service-parts.ts'
import { resolveSettings } from './service-settings.ts'
import { Standalone } from './standalone.ts'

export async function startForTest(parts: ServiceParts, options: StartOptions): Promise<RunningService> {
  const { config, log = parts.options.log, ...given } = options
  const settings = resolveSettings({ port: 0, adminPort: 0, logLevel: 'warn', ...given }, parts.options)
  const { name, version } = parts
  const { logLevel: level, logFormat: format } = settings
  const withStacks = settings.mode !== 'production'
  const opened: LoggingParts = log === undefined ? await openLogging(parts.options.logging ?? {}, settings.logFile) : {}
  parts.log.setDestination(log ?? createServiceLogger({ ...opened, name, version, level, format, withStacks }))
  const { tap } = parts.log
  if (tap !== undefined) {
    parts.telemetry.configure({}, { onRecord: tap, hiding: { withStacks, ...(opened.mask && { mask: opened.mask }) } })
  }
  if (parts.options.config !== undefined) parts.configSlot.fill(await configFrom(parts, Object(config)))
  parts.begin(settings)
  parts.settingsView.note(settings)
  const service = new Standalone(parts, settings)
  await service.start()
  return service
}
