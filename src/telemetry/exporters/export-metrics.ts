/**
 * What an exporter says of itself.
 *
 *   telemetry_export_items_total{signal,outcome}     sent · rejected · dropped_full · dropped_refused · dropped_closed
 *   telemetry_export_failures_total{signal}          telemetry_export_waiting_bytes{signal}
 */
import type { CounterSeries, Meter } from '../meter.ts'

export type ItemOutcome = 'sent' | 'rejected' | 'dropped_full' | 'dropped_refused' | 'dropped_closed'

export class ExportMetrics {
  readonly #items: ((outcome: ItemOutcome) => CounterSeries) | undefined
  readonly #failures: CounterSeries | undefined

  constructor(signal: string, meter: Meter | undefined, waitingBytes: () => number) {
    if (meter === undefined) return
    const items = meter.counter({
      name: 'telemetry_export_items_total',
      help: 'Spans, log records and metric points on their way out, by what became of them.',
      labels: ['signal', 'outcome'],
    })
    this.#items = (outcome) => items.labels({ signal, outcome })
    // It reads 0 from the start, so that a rate can be computed of the first loss.
    for (const outcome of ['sent', 'rejected', 'dropped_full', 'dropped_refused', 'dropped_closed'] as const) {
      this.#items(outcome).add(0)
    }
    this.#failures = meter
      .counter({
        name: 'telemetry_export_failures_total',
        help: 'Requests to a receiver of telemetry that failed or were answered with less than a yes.',
        labels: ['signal'],
      })
      .labels({ signal })
    this.#failures.add(0)
    meter.gauge({
      name: `telemetry_export_waiting_bytes`,
      help: 'Telemetry that waits for its receiver, in bytes.',
      labels: ['signal'],
      collect: (gauge) => gauge.labels({ signal }).set(waitingBytes()),
    })
  }

  count(outcome: ItemOutcome, items: number): void {
    this.#items?.(outcome).add(items)
  }

  failed(): void {
    this.#failures?.add(1)
  }
}
