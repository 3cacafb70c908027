/**
 * CycleWatch: an alert for cycles of calls, which make a failure go round.
 *
 *   every 5 s ─▶ cycles of the last five minutes ─▶ gauge `genever_topology_cycles` ─▶ /metrics of the dashboard
 *                                               └▶ a new one: a warning in the log
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { prometheusText } from '../../telemetry/exporters/prometheus.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Gauge } from '../../telemetry/meter.ts'
import { Registry } from '../../telemetry/registry.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'

export interface CycleWatchOptions {
  readonly store: DashboardStore
  readonly clock: Clock
  readonly log: Logger
}

const intervalMs = 5_000
const windowMs = 300_000
const metricName = 'genever_topology_cycles'

export class CycleWatch {
  readonly #options: CycleWatchOptions
  readonly #registry: Registry
  readonly #cycles: Gauge
  #known: ReadonlySet<string> = new Set()
  #cancelTimer: CancelTimer | undefined

  constructor(options: CycleWatchOptions) {
    this.#options = options
    this.#registry = new Registry({ clock: options.clock })
    this.#cycles = this.#registry.gauge({ name: metricName, help: 'Cycles of calls between services, seen lately.' })
    this.#cycles.set(0)
  }

  start(): void {
    this.#cancelTimer = this.#options.clock.schedule(intervalMs, () => {
      this.look()
      this.start()
    })
  }

  stop(): void {
    this.#cancelTimer?.()
  }

  /** Looks now. */
  look(): void {
    const { store, clock, log } = this.#options
    const { cycles } = store.graph.view(clock.now(), windowMs)
    const names = new Set(cycles.map((cycle) => cycle.map((id) => id.replace('service:', '')).join(' → ')))
    for (const cycle of names) if (!this.#known.has(cycle)) log.warn('services call one another in a cycle', { cycle })
    this.#known = names
    this.#cycles.set(names.size)
    store.metrics.add([
      {
        ...{ service: 'dashboard', instance: null, name: metricName, kind: 'gauge', unit: '{cycle}', isDelta: false },
        description: 'Cycles of calls between services, seen lately.',
        attributes: {},
        atMs: clock.now(),
        value: names.size,
      },
    ])
  }

  /** What Prometheus is told. */
  get text(): string {
    return prometheusText(this.#registry.snapshot())
  }
}
