/**
 * ServiceInstance: one process's worth of a service, from its first component to its last.
 *
 *   start   components ─▶ warm-up ─▶ traffic port ─▶ ready
 *   stop    unready ─▶ wait ─▶ answers say close, requests end ─▶ components stop in reverse
 *
 *   starting ─▶ ready ─▶ draining ─▶ stopped
 *       └── failure, or stop() ────────┘
 */
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type HealthReport, healthReport } from '../health/health-report.ts'
import type { Phase } from '../health/phase.ts'
import { startRuntimeMetrics } from '../telemetry/runtime-metrics.ts'
import { loadEngine } from './engines.ts'
import { addOpenApiRoutes } from './openapi-routes.ts'
import type { StopReport } from './running-service.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import type { ShutdownPlan } from './shutdown-plan.ts'
import { Traffic } from './traffic.ts'
import type { WarmupRun } from './warmup.ts'

/** How the traffic port comes to be, where it is not simply bound. */
export interface PortSharing {
  /** A listening socket that this process has inherited. */
  readonly fd?: number
  /** Other processes bind the same port. */
  readonly sharedPort?: boolean
}

/** A start that failed must not hang. */
const failedStartGraceMs = 5_000
/** A receiver that is silent holds up the end of a service no longer. */
const maxFlushMs = 5_000
/** What was recorded of it is worth no more than this. */
const failedStartFlushMs = 1_000

export class ServiceInstance {
  readonly #parts: ServiceParts
  readonly #settings: ServiceSettings
  readonly #sharing: PortSharing
  /** Ends a start that is under way. */
  readonly #giveUp = new AbortController()
  #phase: Phase = 'starting'
  #starting: Promise<void> | undefined
  #stopping: Promise<StopReport> | undefined
  #traffic: Traffic | undefined
  #endMetrics: (() => void) | undefined

  constructor(parts: ServiceParts, settings: ServiceSettings, sharing: PortSharing = {}) {
    this.#parts = parts
    this.#settings = settings
    this.#sharing = sharing
  }

  get phase(): Phase {
    return this.#phase
  }

  /** Empty until the traffic port is open. */
  get url(): string {
    return this.#traffic?.url ?? ''
  }

  /** @throws what failed, after everything that had started was stopped. */
  start(): Promise<void> {
    this.#starting ??= this.#start()
    return this.#starting
  }

  /** Stops in order, also from the middle of a start, and says what was lost on the way. It never rejects. */
  stop(plan: ShutdownPlan): Promise<StopReport> {
    this.#stopping ??= this.#stop(plan)
    return this.#stopping
  }

  /** Runs the warm-up hooks again. @throws ServiceError `WARMUP_FAILED`. */
  warmup(): Promise<readonly WarmupRun[]> {
    return this.#parts.warmup.run(this.#giveUp.signal)
  }

  async health(): Promise<HealthReport> {
    const { name: service, version, clock, health } = this.#parts
    const components = await health.components()
    return healthReport({ service, version, phase: this.#phase, nowMs: clock.now() }, components)
  }

  async #start(): Promise<void> {
    const { lifecycle, name: service, options, registry, telemetry, version, warmup } = this.#parts
    const { mode } = this.#settings
    const { signal } = this.#giveUp
    this.#endMetrics = startRuntimeMetrics(registry, { build: { service, version } })
    await telemetry.open()
    try {
      await lifecycle.start(signal)
      await warmup.run(signal)
      if (options.openapi ?? mode === 'development') addOpenApiRoutes(this.#parts)
      this.#traffic = await this.#listen()
      signal.throwIfAborted()
    } catch (error) {
      await this.#traffic?.finish({ lingerMs: 0, finishMs: 0 })
      await lifecycle.stop(failedStartGraceMs)
      await this.#end(failedStartFlushMs)
      throw error
    }
    this.#phase = 'ready'
  }

  async #listen(): Promise<Traffic> {
    const { app, log, options } = this.#parts
    const { engine, host, port } = this.#settings
    return Traffic.listen(await loadEngine(engine), {
      ...this.#sharing,
      host,
      port,
      handler: app.handler,
      ...(options.limits !== undefined && { limits: options.limits }),
      onError: (error) => log.error('the engine caught what nobody answered', { error }),
      onRefused: (error, peer) => log.debug('request refused', { code: error.code, peer: peer.address }),
    })
  }

  async #stop(plan: ShutdownPlan): Promise<StopReport> {
    this.#giveUp.abort(new Error('the service stops'))
    try {
      await this.#starting
    } catch {
      // What had started is stopped already, and whoever started it was told.
      return { droppedRequests: 0, failures: [] }
    }
    return this.#drain(plan)
  }

  async #drain(plan: ShutdownPlan): Promise<StopReport> {
    const { app, lifecycle } = this.#parts
    const startedMs = systemClock.monotonic()
    this.#phase = 'draining'
    if (plan.unreadyMs > 0) await systemClock.sleep(plan.unreadyMs)
    // WebSockets and event streams would hold the drain until the grace period is over.
    app.drain()
    const droppedRequests = (await this.#traffic?.finish(plan)) ?? 0
    const failures = await lifecycle.stop(plan.stopMs - (systemClock.monotonic() - startedMs))
    const leftMs = plan.stopMs - (systemClock.monotonic() - startedMs)
    // Components that took all the time must not take that of the last spans too: half of the margin before the exit is theirs.
    await this.#end(Math.max(leftMs, (plan.exitMs - plan.stopMs) / 2))
    return { droppedRequests, failures }
  }

  /** Telemetry is closed last, so that what components say while they stop is exported too. */
  async #end(flushMs: number): Promise<void> {
    this.#parts.faults.close()
    this.#parts.logLevel.close()
    await this.#parts.telemetry.close(Math.min(flushMs, maxFlushMs))
    this.#endMetrics?.()
    this.#phase = 'stopped'
  }
}
