/**
 * run(): a service as this process.
 *
 *   environment ─▶ settings ─▶ one process ─────────────────────────▶ ready ─▶ signal ─▶ drain ─▶ exit
 *                     │     └▶ supervisor ─▶ workers: run() again ──▶ ready ─┘
 *                     └─ wrong ─▶ every problem is told ─▶ exit 78
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { machine } from '../platform/machine.ts'
import { processInfo } from '../platform/process-info.ts'
import { runtimeName, runtimeVersion } from '../platform/runtime.ts'
import type { Logger } from '../telemetry/logger.ts'
import { exitCode } from './exit-code.ts'
import { prepare } from './prepare.ts'
import { type ProcessHost, processHost } from './process-host.ts'
import { ProcessLife } from './process-life.ts'
import type { RunningService } from './running-service.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import { planShutdown } from './shutdown-plan.ts'
import { Standalone } from './standalone.ts'
import { workerCount } from './workers/worker-count.ts'
import { takeWorkerRole } from './workers/worker-role.ts'

/** What starts and stops: a service in one process, or the supervisor of several. */
interface Startable extends RunningService {
  start(): Promise<void>
  /** Replaces what runs by new processes; a service in one process cannot. */
  reload?(): Promise<void>
}

export async function run(
  parts: ServiceParts,
  given: Partial<ServiceSettings>,
  host: ProcessHost = processHost,
): Promise<RunningService> {
  const role = takeWorkerRole()
  try {
    const settings = await prepare(parts, { given, env: host.env, worker: role?.id })
    if (role !== undefined) {
      const { runWorker } = await import('./workers/run-worker.ts')
      return await runWorker({ parts, settings, host, role })
    }
    return await runHere(parts, settings, host)
  } catch (error) {
    tellFailure(parts.log, error)
    host.exit(isConfigError(error) ? exitCode.badConfig : exitCode.failed)
    throw error
  }
}

async function runHere(parts: ServiceParts, settings: ServiceSettings, host: ProcessHost): Promise<RunningService> {
  const { log } = parts
  const workers = settings.workers === 'auto' ? workerCount(machine()) : settings.workers
  const service = await startable(parts, settings, workers)
  const { exitMs } = planShutdown(parts.shutdown(settings.mode))
  const life = new ProcessLife({ host, log, exitMs, stop: () => service.stop() })
  life.obeySignals()
  life.guardErrors()
  host.onReloadSignal(() => void reload(service, log))
  try {
    await service.start()
  } catch (error) {
    // A start that was given up because of a signal is no failure, and the exit is on its way.
    if (life.isEnding) return new Promise(() => {})
    throw error
  }
  log.info('ready', {
    url: service.url,
    admin: service.adminUrl,
    runtime: `${runtimeName} ${runtimeVersion}`,
    engine: settings.engine,
    mode: settings.mode,
    ...(workers > 1 && { workers }),
    start_ms: Math.round(systemClock.now() - processInfo.startTimeMs),
  })
  return service
}

async function startable(parts: ServiceParts, settings: ServiceSettings, workers: number): Promise<Startable> {
  if (workers <= 1) return new Standalone(parts, settings)
  const { Supervisor } = await import('./workers/supervisor.ts')
  return new Supervisor(parts, settings, workers)
}

async function reload(service: Startable, log: Logger): Promise<void> {
  if (service.reload === undefined) {
    log.warn('SIGUSR2 replaces workers, and this service runs in one process; nothing is done')
    return
  }
  log.info('replacing the workers')
  try {
    await service.reload()
    log.info('the workers are replaced')
  } catch (error) {
    log.error('the workers could not be replaced', { error })
  }
}

function isConfigError(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'INVALID_CONFIG'
}

/** What an operator can mend. */
const mendable: readonly string[] = [
  'INVALID_CONFIG',
  'ADDRESS_IN_USE',
  'LISTEN_FAILED',
  'READY_FILE_FAILED',
  'WORKER_FAILED',
]

/** What can be mended is told in words; a stack would only hide it. */
function tellFailure(log: Logger, error: unknown): void {
  if (!(error instanceof ServiceError && mendable.includes(error.code))) {
    log.fatal('could not start', { error })
    return
  }
  const hint = error.code === 'ADDRESS_IN_USE' ? ' PORT and ADMIN_PORT say which ones this service takes.' : ''
  log.fatal(error.message + hint, { code: error.code })
}
