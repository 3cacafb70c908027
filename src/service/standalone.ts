/**
 * Standalone: a service with its admin port in one process.
 *
 *   admin port ─▶ instance: components, warm-up, traffic ─▶ ready ─▶ … ─▶ instance stops ─▶ admin port closes
 *
 * The admin port is there first and last, so that probes see the whole life.
 */
import { startRuntimeMetrics } from '../telemetry/runtime-metrics.ts'
import { closeAdminPort, openAdminPort } from './admin/admin-port.ts'
import type { AdminSource } from './admin/admin-source.ts'
import { healthReport } from './health-report.ts'
import type { RunningService, StopReport } from './running-service.ts'
import { ServiceInstance, type StopOptions } from './service-instance.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import type { Traffic } from './traffic.ts'

export class Standalone implements RunningService {
  readonly #parts: ServiceParts
  readonly #settings: ServiceSettings
  readonly #instance: ServiceInstance
  readonly #stopped = Promise.withResolvers<StopReport>()
  #admin: Traffic | undefined
  #endMetrics: (() => void) | undefined
  #stopping: Promise<StopReport> | undefined

  constructor(parts: ServiceParts, settings: ServiceSettings) {
    this.#parts = parts
    this.#settings = settings
    this.#instance = new ServiceInstance(parts, settings)
  }

  get url(): string {
    return this.#instance.url
  }

  get adminUrl(): string {
    return this.#admin?.url ?? ''
  }

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise
  }

  /** @throws what failed; everything that had started is stopped again. */
  async start(): Promise<void> {
    const { clock, leadership, log, name, registry, version } = this.#parts
    const source = adminSource(this.#parts, this.#instance)
    this.#admin = await openAdminPort({ source, settings: this.#settings, clock, log })
    this.#endMetrics = startRuntimeMetrics(registry, { build: { service: name, version }, clock })
    try {
      await leadership.lead()
      await this.#instance.start()
    } catch (error) {
      await this.#close()
      throw error
    }
  }

  stop(options?: StopOptions): Promise<StopReport> {
    this.#stopping ??= this.#stop(options)
    return this.#stopping
  }

  async #stop(options: StopOptions | undefined): Promise<StopReport> {
    const report = await this.#instance.stop(options)
    await this.#close()
    this.#stopped.resolve(report)
    return report
  }

  async #close(): Promise<void> {
    this.#endMetrics?.()
    await closeAdminPort(this.#admin)
  }
}

function adminSource(parts: ServiceParts, instance: ServiceInstance): AdminSource {
  return {
    // Whoever answers is alive.
    isAlive: () => true,
    get hasStarted() {
      return instance.phase !== 'starting'
    },
    get isReady() {
      return instance.phase === 'ready'
    },
    health: () => healthReport(parts),
    metrics: () => parts.registry.snapshot(),
    warmup: () => instance.warmup(),
  }
}
