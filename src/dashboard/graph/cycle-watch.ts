/**
 * CycleWatch: an alert for cycles of calls, which make a failure go round.
 *
 *   every 5 s ─▶ cycles of the last five minutes ─▶ gauge `genever_topology_cycles` ─▶ /metrics of the dashboard
 *                                               └▶ a new one: a warning in the log
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { DashboardStore } from '../store/dashboard-store.ts'

export interface CycleWatchOptions {
  readonly store: DashboardStore
  readonly clock: Clock
  readonly log: Logger
}

const intervalMs = 5_000
const windowMs = 300_000
const metricName = 'genever_topology_cycles'
const help = 'Cycles of calls between services, seen lately.'

export class CycleWatch {
  readonly #options: CycleWatchOptions
  #known: ReadonlySet<string> = new Set()
  #cancelTimer: CancelTimer | undefined

  constructor(options: CycleWatchOptions) {
    this.#options = options
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
    store.metrics.add([
      {
        ...{ service: 'dashboard', instance: null, name: metricName, kind: 'gauge', unit: '{cycle}', isDelta: false },
        description: help,
        attributes: {},
        atMs: clock.now(),
        value: names.size,
      },
    ])
  }

  /** What Prometheus is told, in its text format 0.0.4. */
  get text(): string {
    return `# HELP ${metricName} ${help}\n# TYPE ${metricName} gauge\n${metricName} ${this.#known.size}\n`
  }
}
