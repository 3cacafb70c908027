/**
 * What a client measures: rate, errors and duration of its calls, by service and operation.
 *
 *   client_calls_total{upstream,operation,outcome}       one for each call, with all its attempts
 *   client_call_duration_seconds{upstream,operation}
 *   client_attempts_total{upstream,operation,status}     one for each request that went out, or could not
 */
import { exemplarOf } from '../telemetry/exemplar.ts'
import type { CounterSeries, HistogramSeries, Meter } from '../telemetry/meter.ts'
import type { Span } from '../telemetry/tracer.ts'

export type CallOutcome = 'ok' | 'error' | 'refused' | 'cancelled'

/** The series of one operation. */
export class OperationSeries {
  readonly #counters: ReturnType<typeof instruments>
  readonly #labels: { readonly upstream: string; readonly operation: string }
  readonly #duration: HistogramSeries
  readonly #outcomes = new Map<CallOutcome, CounterSeries>()
  readonly #attempts = new Map<string, CounterSeries>()
  #lastStatus = 0
  #lastAttempts: CounterSeries | undefined

  constructor(meter: Meter, upstream: string, operation: string) {
    this.#counters = instruments(meter)
    this.#labels = { upstream, operation }
    this.#duration = this.#counters.durations.labels(this.#labels)
  }

  /** `span` is the one around the call, whose trace the histogram shows. */
  called(outcome: CallOutcome, seconds: number, span: Span | undefined): void {
    this.#duration.observe(seconds, exemplarOf(span))
    let series = this.#outcomes.get(outcome)
    if (series === undefined) {
      series = this.#counters.calls.labels({ ...this.#labels, outcome })
      this.#outcomes.set(outcome, series)
    }
    series.add(1)
  }

  answered(status: number): void {
    if (status !== this.#lastStatus || this.#lastAttempts === undefined) {
      this.#lastStatus = status
      this.#lastAttempts = this.#attemptsOf(String(status))
    }
    this.#lastAttempts.add(1)
  }

  /** By the code of what went wrong before there was an answer. */
  attemptFailed(code: string): void {
    this.#attemptsOf(code).add(1)
  }

  #attemptsOf(status: string): CounterSeries {
    let series = this.#attempts.get(status)
    if (series === undefined) {
      series = this.#counters.attempts.labels({ ...this.#labels, status })
      this.#attempts.set(status, series)
    }
    return series
  }
}

function instruments(meter: Meter) {
  return {
    calls: meter.counter({
      name: 'client_calls_total',
      help: 'Calls to other services, by service, operation and outcome: ok, error, refused here, cancelled.',
      labels: ['upstream', 'operation', 'outcome'],
    }),
    durations: meter.histogram({
      name: 'client_call_duration_seconds',
      help: 'Time of a call to another service with all its attempts, by service and operation.',
      labels: ['upstream', 'operation'],
    }),
    attempts: meter.counter({
      name: 'client_attempts_total',
      help: 'Requests to other services, repetitions among them, by service, operation and status or error code.',
      labels: ['upstream', 'operation', 'status'],
    }),
  }
}
