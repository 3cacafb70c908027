/** MessagingMetrics: rate, errors and duration of what is published and handled, and how far groups are behind. */
import { exemplarOf } from '../../telemetry/exemplar.ts'
import type { Counter, Gauge, Histogram, Meter } from '../../telemetry/meter.ts'
import type { Span } from '../../telemetry/tracer.ts'

export type Outcome = 'ok' | 'error'

export interface HandledAttempt {
  readonly topic: string
  readonly group: string
  readonly outcome: Outcome
  readonly seconds: number
  /** Around the attempt, and not over yet. */
  readonly span: Span
}

export class MessagingMetrics {
  readonly #published: Counter<'topic' | 'outcome'> | undefined
  readonly #handled: Histogram<'topic' | 'group' | 'outcome'> | undefined
  readonly #settled: Counter<'topic' | 'group' | 'settlement'> | undefined
  readonly #lag: Gauge<'topic' | 'group'> | undefined

  constructor(meter: Meter | undefined) {
    this.#published = meter?.counter({
      name: 'messages_published_total',
      help: 'Messages given to the broker, and whether it took them.',
      labels: ['topic', 'outcome'],
    })
    this.#handled = meter?.histogram({
      name: 'message_handle_duration_seconds',
      help: 'Time of one attempt to handle a message.',
      labels: ['topic', 'group', 'outcome'],
    })
    this.#settled = meter?.counter({
      name: 'message_failures_total',
      help: 'What became of attempts that failed: retry, dead_letter, given_back, dropped.',
      labels: ['topic', 'group', 'settlement'],
    })
    this.#lag = meter?.gauge({
      name: 'message_lag',
      help: 'Messages that the group has not acknowledged.',
      labels: ['topic', 'group'],
      aggregation: 'max',
    })
  }

  published(topic: string, outcome: Outcome, count: number): void {
    this.#published?.labels({ topic, outcome }).add(count)
  }

  handled({ topic, group, outcome, seconds, span }: HandledAttempt): void {
    this.#handled?.labels({ topic, group, outcome }).observe(seconds, exemplarOf(span))
  }

  settled(topic: string, group: string, settlement: string): void {
    this.#settled?.labels({ topic, group, settlement }).add(1)
  }

  lag(topic: string, group: string, messages: number): void {
    this.#lag?.labels({ topic, group }).set(messages)
  }
}
