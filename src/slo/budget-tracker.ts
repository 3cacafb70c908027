/**
 * BudgetTracker: the error budgets of this process, from its own registry, for `/health`.
 *
 *   every 30 s ─▶ read() ─▶ counts of each objective ─▶ samples of the last 6 h and the first one ─▶ budgets(), health()
 *
 * It knows one process since its start and nothing of its siblings: for people who look at a pod. Alerts come from Prometheus.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { MetricsSnapshot } from '../telemetry/metric-snapshot.ts'
import { type BurnWindow, burnWindows, defaultMinFailures, windowSeconds } from './burn-window.ts'
import { type BudgetSample, burnsFast, type ErrorBudget, errorBudget } from './error-budget.ts'
import { eventCounts } from './event-counts.ts'
import { describeObjective, type Objective } from './objective.ts'
import type { ObjectiveView } from './slo-view.ts'

export interface BudgetTrackerOptions {
  readonly objectives: readonly Objective[]
  /** The registry's present state; asked every `intervalMs` and for each answer. */
  readonly read: () => MetricsSnapshot
  readonly clock?: Clock
  /** Between two samples, in milliseconds; default 30,000. Shorter ones cost memory: 6 h of them are kept. */
  readonly intervalMs?: number
  /** When all counts were zero, on the clock's monotonic scale; default: what is there at the start does not count. */
  readonly startedMs?: number
}

/** Only what pages is watched: days are Prometheus' business. */
const pageWindows: readonly BurnWindow[] = burnWindows.filter(({ severity }) => severity === 'page')
const windows: readonly number[] = windowSeconds(pageWindows)
const longestMs: number = Math.max(...windows) * 1_000

export class BudgetTracker implements Component {
  readonly name = 'slo'
  readonly #objectives: readonly Objective[]
  readonly #read: () => MetricsSnapshot
  readonly #clock: Clock
  readonly #intervalMs: number
  /** By objective, in their order. */
  readonly #samples: BudgetSample[][]
  #cancelTimer: CancelTimer | undefined

  constructor(options: BudgetTrackerOptions) {
    const { objectives, read, clock = systemClock, intervalMs = 30_000, startedMs: atMs } = options
    this.#objectives = objectives
    this.#read = read
    this.#clock = clock
    this.#intervalMs = intervalMs
    this.#samples = objectives.map(() => (atMs === undefined ? [] : [{ atMs, requests: 0, failures: 0 }]))
  }

  start(): void {
    this.#tick()
  }

  #tick(): void {
    this.sample()
    this.#cancelTimer = this.#clock.schedule(this.#intervalMs, () => this.#tick())
  }

  /** Takes a sample now, for who takes them by himself instead of `start`. */
  sample(): void {
    const snapshot = this.#read()
    this.#objectives.forEach((objective, at) => {
      this.#keep(at, this.#sampleOf(snapshot, objective))
    })
  }

  stop(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  /** How many samples of each objective are held. */
  get sampleCount(): number {
    return this.#samples[0]?.length ?? 0
  }

  /** In the order of the objectives; all of them at zero before the start. */
  budgets(): ErrorBudget[] {
    return this.#upToNow((samples, objective) => errorBudget(samples, objective, windows))
  }

  /** The budgets for people and programs: what was promised, and whether it burns so fast that somebody should be told. */
  view(): ObjectiveView[] {
    return this.#upToNow((samples, objective) => ({
      ...errorBudget(samples, objective, windows),
      description: describeObjective(objective),
      isBurning: pageWindows.some((window) =>
        burnsFast(samples, objective, { window, minFailures: defaultMinFailures }),
      ),
    }))
  }

  /** `DEGRADED` while an alert that pages would fire if all processes were like this one. */
  health(): ComponentHealth {
    const rows = this.view()
    const details = Object.fromEntries(
      rows.map(({ objective, description: _, isBurning: __, ...budget }) => [objective, budget]),
    )
    const burning = rows.filter(({ isBurning }) => isBurning).map(({ objective }) => objective)
    if (burning.length === 0) return { status: 'UP', details }
    return { status: 'DEGRADED', error: `the error budget of ${burning.join(' and ')} burns fast`, details }
  }

  #upToNow<T>(calculate: (samples: readonly BudgetSample[], objective: Objective) => T): T[] {
    const snapshot = this.#read()
    return this.#objectives.map((objective, at) => {
      const samples = this.#samples[at] ?? []
      return calculate(samples.length === 0 ? [] : [...samples, this.#sampleOf(snapshot, objective)], objective)
    })
  }

  #sampleOf(snapshot: MetricsSnapshot, objective: Objective): BudgetSample {
    return { atMs: this.#clock.monotonic(), ...eventCounts(snapshot, objective) }
  }

  /** The first sample stays, since the budget counts from it; behind it those too old for any window go. */
  #keep(at: number, sample: BudgetSample): void {
    const samples = this.#samples[at]
    if (samples === undefined) return
    samples.push(sample)
    // One sample at or before the beginning of the longest window must stay.
    while (samples.length > 2 && (samples[2]?.atMs ?? 0) <= sample.atMs - longestMs) samples.splice(1, 1)
  }
}
