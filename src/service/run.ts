/**
 * run(): a service as this process.
 *
 *   environment ─▶ settings ─▶ one process │ a supervisor and its workers ─▶ ready ─▶ signal ─▶ drain ─▶ exit
 */
import { processInfo } from '../platform/process-info.ts'
import { runtimeName, runtimeVersion } from '../platform/runtime.ts'
import { exitCode } from './exit-code.ts'
import { type ProcessHost, processHost } from './process-host.ts'
import { ProcessLife } from './process-life.ts'
import type { RunningService } from './running-service.ts'
import { createServiceLogger } from './service-logger.ts'
import type { ServiceParts } from './service-parts.ts'
import { resolveSettings, type ServiceSettings } from './service-settings.ts'
import { planShutdown } from './shutdown-plan.ts'
import { Standalone } from './standalone.ts'

export async function run(
  parts: ServiceParts,
  given: Partial<ServiceSettings>,
  host: ProcessHost = processHost,
): Promise<RunningService> {
  const env = host.env
  const settings = resolveSettings(
    { ...given, port: Number(env.PORT ?? given.port ?? 8080), adminPort: Number(env.ADMIN_PORT ?? 9090) },
    parts.options,
  )
  const { clock, log, name, version } = parts
  parts.mode = settings.mode
  log.setDestination(
    parts.options.log ?? createServiceLogger({ name, version, level: settings.logLevel, format: settings.logFormat }),
  )
  const service = new Standalone(parts, settings)
  const { exitMs } = planShutdown(parts.shutdown(settings.mode))
  new ProcessLife({ host, log, clock, exitMs, stop: () => service.stop() }).watch()
  try {
    await service.start()
  } catch (error) {
    log.fatal('could not start', { error })
    host.exit(exitCode.failed)
  }
  log.info('ready', {
    url: service.url,
    admin: service.adminUrl,
    runtime: `${runtimeName} ${runtimeVersion}`,
    engine: settings.engine,
    mode: settings.mode,
    start_ms: Math.round(clock.now() - processInfo.startTimeMs),
  })
  return service
}
