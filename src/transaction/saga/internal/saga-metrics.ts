/** SagaMetrics: what ends how, step by step. */
import type { Counter, Meter } from '../../../telemetry/meter.ts'

export class SagaMetrics {
  readonly #ended: Counter<'saga' | 'status'> | undefined
  readonly #steps: Counter<'saga' | 'step' | 'outcome'> | undefined
  readonly #lost: Counter<'saga'> | undefined

  constructor(meter: Meter | undefined) {
    this.#ended = meter?.counter({
      name: 'sagas_ended_total',
      help: 'Sagas that are over.',
      labels: ['saga', 'status'],
    })
    this.#steps = meter?.counter({
      name: 'saga_steps_total',
      help: 'Attempts of steps, by what came of them.',
      labels: ['saga', 'step', 'outcome'],
    })
    this.#lost = meter?.counter({
      name: 'sagas_lost_total',
      help: 'Sagas that another process took over while this one ran them.',
      labels: ['saga'],
    })
  }

  ended(saga: string, status: string): void {
    this.#ended?.labels({ saga, status }).add(1)
  }

  step(saga: string, step: string, outcome: string): void {
    this.#steps?.labels({ saga, step, outcome: outcome.replaceAll(' ', '_') }).add(1)
  }

  lost(saga: string): void {
    this.#lost?.labels({ saga }).add(1)
  }
}
