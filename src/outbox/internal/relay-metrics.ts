/** RelayMetrics: what the outbox holds, and what leaves it. */
import type { Counter, Gauge, Meter } from '../../telemetry/meter.ts'

export class RelayMetrics {
  readonly #relayed: Counter | undefined
  readonly #failed: Counter | undefined
  readonly #messages: Gauge | undefined
  readonly #oldest: Gauge | undefined

  constructor(meter: Meter | undefined) {
    this.#relayed = meter?.counter({
      name: 'outbox_relayed_total',
      help: 'Messages of the outbox that the broker took.',
    })
    this.#failed = meter?.counter({
      name: 'outbox_failed_total',
      help: 'Messages of the outbox that the broker refused for good.',
    })
    this.#messages = meter?.gauge({
      name: 'outbox_messages',
      help: 'Messages that wait in the outbox and are due.',
      aggregation: 'max',
    })
    this.#oldest = meter?.gauge({
      name: 'outbox_oldest_age_seconds',
      help: 'For how long the first message of the outbox has waited.',
      aggregation: 'max',
    })
  }

  relayed(count: number): void {
    this.#relayed?.add(count)
  }

  failed(): void {
    this.#failed?.add(1)
  }

  backlog(messages: number, oldestSeconds: number): void {
    this.#messages?.set(messages)
    this.#oldest?.set(oldestSeconds)
  }
}
