/**
 * Standalone: a service with its admin port in one process.
 *
 *   beacon ─▶ instance: components, warm-up, traffic ─▶ ready ─▶ … ─▶ instance stops ─▶ beacon closes
 */
import type { AdminSource } from './admin/admin-source.ts'
import { Beacon } from './admin/beacon.ts'
import { debugAdmin } from './debug/debug-admin.ts'
import { ownDebug } from './debug/own-debug.ts'
import type { RunningService, StopReport } from './running-service.ts'
import { ServiceInstance } from './service-instance.ts'
import type { ServiceParts } from './service-parts.ts'
import type { ServiceSettings } from './service-settings.ts'
import { planShutdown } from './shutdown-plan.ts'

export class Standalone implements RunningService {
  readonly #parts: ServiceParts
  readonly #settings: ServiceSettings
  readonly #instance: ServiceInstance
  readonly #stopped = Promise.withResolvers<StopReport>()
  #beacon: Beacon | undefined
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
    return this.#beacon?.url ?? ''
  }

  get stopped(): Promise<StopReport> {
    return this.#stopped.promise
  }

  /** @throws what failed; everything that had started is stopped again. */
  async start(): Promise<void> {
    const { leadership, log } = this.#parts
    this.#beacon = await Beacon.open({ source: this.#source(), settings: this.#settings, log })
    try {
      await leadership.lead()
      await this.#instance.start()
      await this.#beacon.showReady()
    } catch (error) {
      await this.stop()
      throw error
    }
  }

  stop(): Promise<StopReport> {
    this.#stopping ??= this.#stop()
    return this.#stopping
  }

  async #stop(): Promise<StopReport> {
    const plan = planShutdown(this.#parts.shutdown(this.#settings.mode))
    await this.#beacon?.showUnready()
    const report = await this.#instance.stop(plan)
    await this.#beacon?.close()
    this.#stopped.resolve(report)
    return report
  }

  #source(): AdminSource {
    const instance = this.#instance
    const { configSlot, faults, health, logLevel, name, registry, schedule, settingsView, slo } = this.#parts
    const { operations, prometheusUrl } = this.#settings
    const parts = this.#parts
    return {
      get phase() {
        return instance.phase
      },
      isDown: () => health.isDown(),
      health: () => instance.health(),
      metrics: () => registry.snapshot(),
      warmup: () => instance.warmup(),
      logLevel,
      config: () => settingsView.describe(configSlot),
      slo: async () => slo?.view(prometheusUrl) ?? { service: name, objectives: [] },
      schedule: async () => (await schedule?.view()) ?? { isShared: false, jobs: [] },
      faults: faults.isAllowed ? () => faults.registry() : undefined,
      debug: debugAdmin({ parts, settings: this.#settings, source: ownDebug(() => registry.snapshot()) }),
      operations: operations === 'on' && parts.isOperable ? () => parts.operations() : undefined,
      operationsLog: parts.log,
    }
  }
}
