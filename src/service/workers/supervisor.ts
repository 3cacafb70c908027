/**
 * Supervisor: several processes of a service as one.
 *
 *   share the port ─▶ beacon ─▶ workers start ─▶ all ready ─▶ … ─▶ unready ─▶ wait ─▶ workers drain ─▶ beacon closes
 *
 *   /readyz /health   asked of every worker, merged          SIGUSR2   replaces the workers one after the other
 *   /metrics /slo     summed over workers, those gone too    leader    one worker runs the singleton components
 *   /faults           decided here, suffered by every worker, a new one too
 *   /messages /sagas  asked of one worker, or of all and summed
 */

import type { ConfigDescription } from '../../config/describe.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { StopFailure } from '../../foundation/lifecycle/lifecycle.ts'
import type { HealthReport } from '../../health/health-report.ts'
import { mergeHealth } from '../../health/merge-health.ts'
import type { Phase } from '../../health/phase.ts'
import type { FaultRegistry } from '../../resilience/fault/fault-registry.ts'
import type { TimedFault } from '../../resilience/fault/fault-set.ts'
import type { ScheduleView } from '../../schedule/schedule-view.ts'
import type { SloView } from '../../slo/slo-view.ts'
import type { Logger, LogThreshold } from '../../telemetry/logger.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'
import type { AdminSource } from '../admin/admin-source.ts'
import { Beacon } from '../admin/beacon.ts'
import type { DebugAdmin } from '../admin/debug-routes.ts'
import { debugAdmin } from '../debug/debug-admin.ts'
import { exitCode } from '../exit-code.ts'
import { LogLevelSwitch } from '../log-level-switch.ts'
import type { Operations } from '../operations/operations.ts'
import type { RunningService, StopReport } from '../running-service.ts'
import type { ServiceParts } from '../service-parts.ts'
import type { ServiceSettings } from '../service-settings.ts'
import { planShutdown, planWorkerShutdown } from '../shutdown-plan.ts'
import type { SloComponent } from '../slo-component.ts'
import type { WarmupRun } from '../warmup.ts'
import { workerLauncher } from './launch-worker.ts'
import { type SharedPort, sharePort } from './shared-port.ts'
import { describeExit, type Worker } from './worker.ts'
import { WorkerDebug } from './worker-debug.ts'
import { WorkerMetrics } from './worker-metrics.ts'
import type { WorkerExit } from './worker-process.ts'
import { WorkerSet } from './worker-set.ts'

/** A worker that takes longer is busy or worse; probes do not wait for it. */
const probeMs = 2_000
/** A worker that does not hear of a fault in this time is said to be missing. */
const faultMs = 2_000
/** Warm-up may take as long as a start. */
const warmupMs = 120_000

export class Supervisor implements RunningService, AdminSource {
  readonly #parts: ServiceParts
  readonly #settings: ServiceSettings
  readonly #count: number
  readonly logLevel: LogLevelSwitch
  readonly #metrics: WorkerMetrics = new WorkerMetrics()
  /** Over all workers, those that died too; each has its own in `/health`. */
  readonly #slo: SloComponent | undefined
  readonly #stopped = Promise.withResolvers<StopReport>()
  #phase: Phase = 'starting'
  #port: SharedPort | undefined
  #beacon: Beacon | undefined
  #workers: WorkerSet | undefined
  #url = ''
  readonly #debug: DebugAdmin | undefined
  #reloading: Promise<void> | undefined
  #stopping: Promise<StopReport> | undefined

  constructor(parts: ServiceParts, settings: ServiceSettings, count: number) {
    this.#parts = parts
    this.#settings = settings
    this.#count = count
    const apply = async (level: LogThreshold): Promise<void> => {
      await this.#workers?.ask({ kind: 'log-level', level }, probeMs)
    }
    this.logLevel = new LogLevelSwitch({ log: parts.log, clock: systemClock, apply })
    this.#slo = parts.sloOver(() => this.metrics())
    const source = new WorkerDebug(() => this.#workers?.workers ?? [])
    this.#debug = debugAdmin({ parts, settings, source })
  }

  get url(): string {
    return this.#url
  }

  get adminUrl(): string {
    return this.#beacon?.url ?? ''
  }

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise
  }

  /** @throws what failed; everything that had started is stopped again. */
  async start(): Promise<void> {
    const { log } = this.#parts
    this.#beacon = await Beacon.open({ source: this, settings: this.#settings, log })
    try {
      this.#port = await sharePort(this.#settings)
      this.#workers = new WorkerSet({
        count: this.#count,
        launch: workerLauncher(this.#port.fd),
        clock: systemClock,
        log,
        onLaunch: (worker) => this.#brief(worker),
        onExit: (worker) => this.#metrics.retire(worker),
      })
      await this.#workers.start()
      if (this.#stopping !== undefined) return
      this.#url = this.#workers.workers[0]?.url ?? ''
      this.#phase = 'ready'
      this.#slo?.start()
      await this.#beacon.showReady()
    } catch (error) {
      await this.#release()
      throw error
    }
  }

  stop(): Promise<StopReport> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  /**
   * Replaces every worker by a new process, without losing a connection. Asked again meanwhile, it does nothing more.
   *
   * @throws ServiceError `RELOAD_UNSAFE` where workers have accept queues of their own.
   */
  reload(): Promise<void> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = undefined
    })
    return this.#reloading
  }

  async #reload(): Promise<void> {
    if (this.#port?.fd === undefined) {
      throw new ServiceError(
        'RELOAD_UNSAFE',
        'Each worker has an accept queue of its own here, and one that leaves resets the connections in it: replace the whole service instead.',
      )
    }
    const plan = planShutdown(this.#parts.shutdown(this.#settings.mode))
    await this.#workers?.reload(planWorkerShutdown(plan))
  }

  async #stop(): Promise<StopReport> {
    const plan = planShutdown(this.#parts.shutdown(this.#settings.mode))
    this.#phase = 'draining'
    await this.#beacon?.showUnready()
    if (plan.unreadyMs > 0 && this.#workers !== undefined) await systemClock.sleep(plan.unreadyMs)
    const exits = (await this.#workers?.drain(planWorkerShutdown(plan))) ?? []
    await this.#release()
    const report = { droppedRequests: 0, failures: exits.flatMap(failureFrom) }
    this.#stopped.resolve(report)
    return report
  }

  async #release(): Promise<void> {
    this.#slo?.stop()
    this.#phase = 'stopped'
    this.logLevel.close()
    this.#port?.close()
    await this.#beacon?.close()
  }

  // What the admin port asks.

  get phase(): Phase {
    return this.#phase
  }

  async isDown(): Promise<boolean> {
    const { status } = await this.health()
    return status === 'DOWN'
  }

  async health(): Promise<HealthReport> {
    const { name: service, version, clock } = this.#parts
    const answers = (await this.#workers?.ask({ kind: 'health' }, probeMs)) ?? []
    const workers = answers.map((answer) => ({
      worker: `worker-${answer.worker.id}`,
      report: 'error' in answer ? undefined : (answer.value as HealthReport),
    }))
    return { ...mergeHealth({ service, version }, workers, clock.now()), phase: this.#phase }
  }

  async metrics(): Promise<MetricsSnapshot> {
    return this.#metrics.merge((await this.#workers?.ask({ kind: 'metrics' }, probeMs)) ?? [])
  }

  config(): ConfigDescription {
    const { configSlot, settingsView } = this.#parts
    return settingsView.describe(configSlot)
  }

  async slo(): Promise<SloView> {
    return this.#slo?.view(this.#settings.prometheusUrl) ?? { service: this.#parts.name, objectives: [] }
  }

  get debug(): DebugAdmin | undefined {
    return this.#debug
  }

  /** The worker that runs the jobs knows of them; where all share a store, each does. */
  async schedule(): Promise<ScheduleView> {
    const answers = (await this.#workers?.ask({ kind: 'schedule' }, probeMs)) ?? []
    const views = answers.flatMap((answer) => ('value' in answer ? [answer.value as ScheduleView | undefined] : []))
    return views.find((view) => view !== undefined && view !== null) ?? { isShared: false, jobs: [] }
  }

  get faults(): (() => Promise<FaultRegistry>) | undefined {
    const { faults } = this.#parts
    return faults.isAllowed ? () => faults.registry((active) => this.#spreadFaults(active)) : undefined
  }

  get operations(): (() => Promise<Operations>) | undefined {
    if (this.#settings.operations === 'off' || !this.#parts.isOperable) return undefined
    return async () => {
      const { WorkerOperations } = await import('./worker-operations.ts')
      return new WorkerOperations(() => this.#workers?.workers ?? [])
    }
  }

  get operationsLog(): Logger {
    return this.#parts.log
  }

  /** Resolves when those that serve suffer them; one that is starting hears of them too, before it serves. */
  async #spreadFaults(faults: readonly TimedFault[]): Promise<void> {
    const telling = (this.#workers?.workers ?? []).map((worker) => {
      const told = this.#tellFaults(worker, faults)
      return worker.state === 'starting' ? undefined : told
    })
    await Promise.all(telling)
  }

  /** What has changed since the start. */
  #brief(worker: Worker): void {
    void this.#handFaults(worker)
    const { changedLevel } = this.logLevel
    if (changedLevel !== undefined)
      void worker.ask({ kind: 'log-level', level: changedLevel }, warmupMs).catch(() => {})
  }

  /** One that has just come knows of none. */
  async #handFaults(worker: Worker): Promise<void> {
    const faults = await this.#parts.faults.active()
    if (faults.length > 0) await this.#tellFaults(worker, faults)
  }

  async #tellFaults(worker: Worker, faults: readonly TimedFault[]): Promise<void> {
    try {
      await worker.ask({ kind: 'faults', faults }, worker.state === 'starting' ? warmupMs : faultMs)
    } catch (error) {
      this.#parts.log.warn('a worker has not heard of the faults', { worker: worker.id, error })
    }
  }

  async warmup(): Promise<readonly WarmupRun[]> {
    const answers = (await this.#workers?.ask({ kind: 'warmup' }, warmupMs)) ?? []
    return answers.flatMap((answer) => {
      if ('error' in answer) throw answer.error
      return (answer.value as WarmupRun[]).map((run) => ({ ...run, worker: answer.worker.id }))
    })
  }
}

function failureFrom(exit: WorkerExit, index: number): StopFailure[] {
  if (exit.code === exitCode.stopped) return []
  return [{ component: `worker-${index + 1}`, error: new Error(`it ended with ${describeExit(exit)}`) }]
}
