/**
 * ServiceFaults: lets a service be told to fail, where that is allowed.
 *
 *   admin port ─▶ registry (who, what, until when) ─▶ adopt ─▶ the layer around every request, and outgoing calls
 *        with workers: the supervisor's registry ─▶ each worker: adopt
 *
 * Nothing of it is loaded before the first fault; where it is not allowed, routes are put together without the layer.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { type Middleware, type OptionalMiddleware, optional } from '../../http/middleware.ts'
import { faultHeader } from '../../resilience/fault/fault-header-name.ts'
import type { FaultEvent, FaultRegistry } from '../../resilience/fault/fault-registry.ts'
import type { TimedFault } from '../../resilience/fault/fault-set.ts'
import type { Faults } from '../../resilience/fault/faults.ts'
import { currentFaults, hasFaultyCalls, noFaults } from '../../resilience/fault/faulty-calls.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Meter } from '../../telemetry/meter.ts'
import type { FaultOptions } from './fault-options.ts'

export interface ServiceFaultsOptions {
  readonly name: string
  readonly options: FaultOptions
  readonly meter: Meter
  readonly log: Logger
  readonly clock: Clock
}

/** What is loaded with the first fault. */
interface Loaded {
  readonly faults: Faults
  readonly layer: Middleware
  readonly leaveProcess: () => void
}

export class ServiceFaults {
  /** Around every request, inside of the layers that count and log. */
  readonly layer: OptionalMiddleware
  readonly #given: ServiceFaultsOptions
  #isAllowed = false
  #loading: Promise<Loaded> | undefined
  #loaded: Loaded | undefined
  #registry: Promise<FaultRegistry> | undefined

  constructor(given: ServiceFaultsOptions) {
    this.#given = given
    this.layer = optional(
      (c, next) => {
        if (this.#loaded !== undefined) return this.#loaded.layer(c, next)
        if (c.raw.header(faultHeader) !== undefined && c.isFromTrustedPeer) {
          return this.#ready().then(({ layer }) => layer(c, next))
        }
        // Another service in this process has faults for its calls: they are not ours.
        if (hasFaultyCalls()) c.context.set(currentFaults, noFaults)
        return next()
      },
      () => this.#isAllowed,
    )
    Object.defineProperty(this.layer, 'name', { value: 'faults' })
  }

  get isAllowed(): boolean {
    return this.#isAllowed
  }

  /** Before the first request. */
  allow(): void {
    this.#isAllowed = true
  }

  /** Who has this service fail. `apply` takes what is active to where it happens; default: here. */
  registry(
    apply: (faults: readonly TimedFault[]) => Promise<void> = (faults) => this.adopt(faults),
  ): Promise<FaultRegistry> {
    this.#registry ??= this.#createRegistry(apply)
    return this.#registry
  }

  /** What is active, for a process that has just come. */
  async active(): Promise<readonly TimedFault[]> {
    return (await this.#registry)?.timed() ?? []
  }

  /** From now on this process suffers these, and no others. */
  async adopt(faults: readonly TimedFault[]): Promise<void> {
    if (faults.length === 0 && this.#loading === undefined) return
    const loaded = await this.#ready()
    loaded.faults.adopt(faults)
  }

  async #ready(): Promise<Loaded> {
    this.#loading ??= this.#load()
    this.#loaded = await this.#loading
    return this.#loaded
  }

  close(): void {
    this.#loaded?.faults.adopt([])
    this.#loaded?.leaveProcess()
  }

  async #createRegistry(apply: (faults: readonly TimedFault[]) => Promise<void>): Promise<FaultRegistry> {
    const { FaultRegistry } = await import('../../resilience/fault/fault-registry.ts')
    const { name: service, options, clock } = this.#given
    const { maxDurationMs } = options
    const registry = new FaultRegistry({ service, apply, clock, ...(maxDurationMs !== undefined && { maxDurationMs }) })
    registry.onEvent((event) => this.#audit(event))
    return registry
  }

  async #load(): Promise<Loaded> {
    const [{ Faults }, { faults: faultsLayer }, { setProcessFaults }] = await Promise.all([
      import('../../resilience/fault/faults.ts'),
      import('../../middleware/faults.ts'),
      import('../../resilience/fault/faulty-calls.ts'),
    ])
    const { options, meter, clock } = this.#given
    const strikes = meter.counter({
      name: 'fault_strikes_total',
      help: 'Requests and calls that failed, or took longer, on purpose.',
      labels: ['side'],
    })
    const faults = new Faults({ clock, onStrike: (_, { side }) => strikes.labels({ side }).add(1) })
    return { faults, layer: faultsLayer({ ...options, faults }), leaveProcess: setProcessFaults(faults) }
  }

  #audit({ kind, fault }: FaultEvent): void {
    const { log } = this.#given
    const { id, by, from, effect, target, share, endsAt } = fault
    if (kind === 'injected') log.warn('fault injected', { fault: id, by, from, effect, target, share, until: endsAt })
    else log.warn('fault ended', { fault: id, effect, ended: fault.ended, by: fault.endedBy, why: fault.why })
  }
}
