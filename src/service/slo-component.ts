/**
 * SloComponent: the error budgets of a service, for `/health` and `/slo`, where it promises something.
 *
 *   start ─▶ the time is noted ─▶ a second later, or when somebody asks: the tracker is loaded and counts from there
 *   every 30 s ─▶ read(): this process, or with workers all of them ─▶ a sample
 *
 * A start does not wait for it: until then every count is zero, and that is all there is to know.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { BudgetTracker } from '../slo/budget-tracker.ts'
import type { SloDeclaration } from '../slo/slo-declaration.ts'
import type { PrometheusView, SloView } from '../slo/slo-view.ts'
import type { MetricsSnapshot } from '../telemetry/metric-snapshot.ts'

export interface SloComponentOptions {
  readonly declaration: SloDeclaration
  /** What has been measured until now. */
  readonly read: () => MetricsSnapshot | Promise<MetricsSnapshot>
  readonly clock: Clock
}

const loadAfterMs = 1_000
const sampleEveryMs = 30_000

export class SloComponent implements Component {
  readonly name = 'slo'
  readonly #options: SloComponentOptions
  #startedMs = 0
  #since = 0
  #latest: MetricsSnapshot = []
  #tracker: Promise<BudgetTracker> | undefined
  #cancelTimer: CancelTimer | undefined
  #isStopped = false

  constructor(options: SloComponentOptions) {
    this.#options = options
  }

  start(): void {
    const { clock } = this.#options
    this.#startedMs = clock.monotonic()
    this.#since = clock.now()
    this.#scheduleSample(loadAfterMs)
  }

  stop(): void {
    this.#isStopped = true
    this.#cancelTimer?.()
  }

  async health(): Promise<ComponentHealth> {
    if (this.#isStopped && this.#tracker === undefined) return { status: 'UP' }
    return (await this.#upToDate()).health()
  }

  /** @param prometheusUrl Asked for what it has recorded over the period, where one is given. */
  async view(prometheusUrl?: string): Promise<SloView> {
    const { name: service } = this.#options.declaration
    const prometheus = prometheusUrl === undefined ? undefined : this.#askPrometheus(prometheusUrl)
    const objectives = (await this.#upToDate()).view()
    return {
      service,
      since: new Date(this.#since).toISOString(),
      objectives,
      ...(prometheus !== undefined && { prometheus: await prometheus }),
    }
  }

  #scheduleSample(afterMs: number): void {
    if (this.#isStopped) return
    this.#cancelTimer = this.#options.clock.schedule(afterMs, () => void this.#sample())
  }

  async #sample(): Promise<void> {
    try {
      const tracker = await this.#upToDate()
      tracker.sample()
    } catch {
      // Whoever asks for the health is told.
    }
    this.#scheduleSample(sampleEveryMs)
  }

  async #upToDate(): Promise<BudgetTracker> {
    this.#tracker ??= this.#load()
    const tracker = await this.#tracker
    this.#latest = await this.#options.read()
    return tracker
  }

  async #load(): Promise<BudgetTracker> {
    const [{ BudgetTracker }, { objectivesOf }] = await Promise.all([
      import('../slo/budget-tracker.ts'),
      import('../slo/objective.ts'),
    ])
    const { declaration, clock } = this.#options
    const objectives = objectivesOf(declaration)
    return new BudgetTracker({ objectives, read: () => this.#latest, clock, startedMs: this.#startedMs })
  }

  /** Who asks waits for it no longer than a moment, and is told what went wrong. */
  async #askPrometheus(url: string): Promise<PrometheusView> {
    const [{ PrometheusSource }, { objectivesOf }] = await Promise.all([
      import('../slo/prometheus-source.ts'),
      import('../slo/objective.ts'),
    ])
    const source = new PrometheusSource({ url, timeoutMs: 2_000 })
    try {
      return { url, objectives: await source.budgets(objectivesOf(this.#options.declaration)) }
    } catch (error) {
      return { url, error: error instanceof Error ? error.message : String(error) }
    } finally {
      source.close()
    }
  }
}
