/** ConsumerTelemetry: spans and metrics of what a group handles. OpenTelemetry's conventions for messaging. */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { Context } from '../../foundation/context/context.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import { contextBaggage } from '../../telemetry/baggage.ts'
import type { Propagator } from '../../telemetry/propagation.ts'
import { currentSpan, type Tracer } from '../../telemetry/tracer.ts'
import type { MessageContext } from '../consumer.ts'
import type { MessagingMetrics } from './messaging-metrics.ts'

export interface ConsumerTelemetryParts {
  readonly tracer: Tracer
  readonly propagator: Propagator
  readonly metrics: MessagingMetrics
  readonly system: string
  readonly clock: Clock
  readonly topic: string
  readonly group: string
}

export type Settlement = 'retry' | 'dead_letter' | 'given_back' | 'dropped'

/** One attempt, from its begin to its end. */
export interface ObservedAttempt {
  end(error?: ServiceError): void
}

/** Since the start of this process. */
export interface ConsumerTotals {
  readonly handled: number
  /** Attempts, whatever became of the message. */
  readonly failed: number
  readonly retried: number
  readonly deadLettered: number
  readonly lastError: { readonly code: string; readonly message: string; readonly atMs: number } | undefined
}

export class ConsumerTelemetry {
  readonly #parts: ConsumerTelemetryParts
  readonly #totals = { handled: 0, failed: 0, retried: 0, deadLettered: 0 }
  #lastError: ConsumerTotals['lastError']

  constructor(parts: ConsumerTelemetryParts) {
    this.#parts = parts
  }

  get totals(): ConsumerTotals {
    return { ...this.#totals, lastError: this.#lastError }
  }

  /** Continues the publisher's trace: the span of this attempt is in `context`. */
  begin({ message, attempt }: MessageContext, context: Context): ObservedAttempt {
    const { tracer, propagator, metrics, system, clock, topic, group } = this.#parts
    const source = { header: (name: string) => message.headers[name] }
    const parent = propagator.extract(source)
    const baggage = propagator.extractBaggage?.(source)
    if (baggage !== undefined) context.set(contextBaggage, baggage)
    const span = tracer.start(`process ${topic}`, {
      kind: 'consumer',
      ...(parent === undefined ? { isRoot: true } : { parent }),
    })
    context.set(currentSpan, span)
    if (span.isRecording) {
      span.set('messaging.system', system)
      span.set('messaging.operation.type', 'process')
      span.set('messaging.destination.name', topic)
      span.set('messaging.consumer.group.name', group)
      span.set('messaging.message.id', message.id)
      if (attempt > 1) span.set('messaging.delivery.attempt', attempt)
    }
    const startedMs = clock.monotonic()
    return {
      end: (error) => {
        this.#count(error)
        if (error !== undefined) span.fail(error)
        const seconds = (clock.monotonic() - startedMs) / 1_000
        metrics.handled({ topic, group, outcome: error === undefined ? 'ok' : 'error', seconds, span })
        span.end()
      },
    }
  }

  settled(settlement: Settlement): void {
    const { metrics, topic, group } = this.#parts
    metrics.settled(topic, group, settlement)
    if (settlement === 'retry') this.#totals.retried++
    else if (settlement === 'dead_letter') this.#totals.deadLettered++
  }

  #count(error: ServiceError | undefined): void {
    if (error === undefined) {
      this.#totals.handled++
      return
    }
    this.#totals.failed++
    this.#lastError = { code: error.code, message: error.message, atMs: this.#parts.clock.now() }
  }
}
