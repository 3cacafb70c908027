/**
 * SloComponent: the error budgets of this process in `/health`, where the service promises something.
 *
 *   start ─▶ the time is noted ─▶ a second later, or when somebody asks: the tracker is loaded and counts from there
 *
 * A start does not wait for it: until then every count is zero, and that is all there is to know.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { BudgetTracker } from '../slo/budget-tracker.ts'
import type { SloDeclaration } from '../slo/slo-declaration.ts'
import type { Registry } from '../telemetry/registry.ts'

export interface SloComponentOptions {
  readonly declaration: SloDeclaration
  readonly registry: Registry
  readonly clock: Clock
}

const loadAfterMs = 1_000

export class SloComponent implements Component {
  readonly name = 'slo'
  readonly #options: SloComponentOptions
  #startedMs = 0
  #tracker: Promise<BudgetTracker> | undefined
  #cancelTimer: CancelTimer | undefined
  #isStopped = false

  constructor(options: SloComponentOptions) {
    this.#options = options
  }

  start(): void {
    const { clock } = this.#options
    this.#startedMs = clock.monotonic()
    // Should it fail, whoever asks for the health is told.
    this.#cancelTimer = clock.schedule(loadAfterMs, () => void this.#load().catch(() => {}))
  }

  async stop(): Promise<void> {
    this.#isStopped = true
    this.#cancelTimer?.()
    const tracker = await this.#tracker?.catch(() => undefined)
    tracker?.stop()
  }

  async health(): Promise<ComponentHealth> {
    if (this.#isStopped && this.#tracker === undefined) return { status: 'UP' }
    return (await this.#load()).health()
  }

  #load(): Promise<BudgetTracker> {
    this.#tracker ??= this.#startTracker()
    return this.#tracker
  }

  async #startTracker(): Promise<BudgetTracker> {
    const [{ BudgetTracker }, { objectivesOf }] = await Promise.all([
      import('../slo/budget-tracker.ts'),
      import('../slo/objective.ts'),
    ])
    const { declaration, registry, clock } = this.#options
    const objectives = objectivesOf(declaration)
    const tracker = new BudgetTracker({
      objectives,
      read: () => registry.snapshot(),
      clock,
      startedMs: this.#startedMs,
    })
    tracker.start()
    return tracker
  }
}
