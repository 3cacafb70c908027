/** SloComponent: the error budgets of this process in `/health`, where the service promises something; loaded at its start. */
import type { Clock } from '../foundation/clock/clock.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { BudgetTracker } from '../slo/budget-tracker.ts'
import type { SloDeclaration } from '../slo/slo-declaration.ts'
import type { Registry } from '../telemetry/registry.ts'

export interface SloComponentOptions {
  readonly declaration: SloDeclaration
  readonly registry: Registry
  readonly clock: Clock
}

export class SloComponent implements Component {
  readonly name = 'slo'
  readonly #options: SloComponentOptions
  #tracker: BudgetTracker | undefined

  constructor(options: SloComponentOptions) {
    this.#options = options
  }

  async start(): Promise<void> {
    const [{ BudgetTracker }, { objectivesOf }] = await Promise.all([
      import('../slo/budget-tracker.ts'),
      import('../slo/objective.ts'),
    ])
    const { declaration, registry, clock } = this.#options
    const objectives = objectivesOf(declaration)
    this.#tracker = new BudgetTracker({ objectives, read: () => registry.snapshot(), clock })
    this.#tracker.start()
  }

  stop(): void {
    this.#tracker?.stop()
  }

  health(): ComponentHealth {
    return this.#tracker?.health() ?? { status: 'UP' }
  }
}
