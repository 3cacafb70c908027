/**
 * The exporter of metrics over OTLP: reads the registry in an interval, and a last time when it is closed.
 *
 *   timer ─▶ snapshot ─▶ delta? ─▶ BatchExporter ─▶ … ─▶ close: last reading ─▶ flushed
 */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { systemClock } from '../../../foundation/clock/system-clock.ts'
import type { MetricsSnapshot } from '../../metric-snapshot.ts'
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchExporter } from '../batch-exporter.ts'
import { JsonMetricEncoder } from './metric-json.ts'
import { ProtobufMetricEncoder } from './metric-protobuf.ts'
import { deltaSnapshot, type MetricReading, type MetricTemporality } from './metric-reading.ts'
import { createOtlpExporter, type OtlpExporterOptions } from './otlp-exporter.ts'

export interface OtlpMetricsOptions extends Omit<OtlpExporterOptions<MetricReading>, 'encoder'> {
  readonly resource: SpanAttributes
  readonly read: () => MetricsSnapshot
  /** Default 60,000. */
  readonly intervalMs?: number
  /** Default `cumulative`. */
  readonly temporality?: MetricTemporality
}

/** @throws as `createOtlpExporter` does. */
export async function createOtlpMetrics(options: OtlpMetricsOptions): Promise<OtlpMetrics> {
  const { resource, read, intervalMs = 60_000, temporality = 'cumulative', ...transport } = options
  const isJson = options.settings.protocol === 'http/json'
  const encoder = isJson ? new JsonMetricEncoder(resource) : new ProtobufMetricEncoder(resource)
  const exporter = await createOtlpExporter({ ...transport, encoder })
  return new OtlpMetrics({ exporter, read, intervalMs, temporality, clock: options.clock ?? systemClock })
}

interface OtlpMetricsParts extends Required<Pick<OtlpMetricsOptions, 'read' | 'intervalMs' | 'temporality'>> {
  readonly exporter: BatchExporter<MetricReading>
  readonly clock: Clock
}

export class OtlpMetrics {
  readonly #parts: OtlpMetricsParts
  #startMs: number
  #previous: MetricsSnapshot = []
  #cancelTimer: CancelTimer

  constructor(parts: OtlpMetricsParts) {
    this.#parts = parts
    this.#startMs = parts.clock.now()
    this.#cancelTimer = this.#schedule()
  }

  async close(timeoutMs: number): Promise<void> {
    this.#cancelTimer()
    this.#export()
    await this.#parts.exporter.close(timeoutMs)
  }

  #schedule(): CancelTimer {
    const { clock, intervalMs } = this.#parts
    return clock.schedule(intervalMs, () => {
      this.#export()
      this.#cancelTimer = this.#schedule()
    })
  }

  #export(): void {
    const { clock, exporter, read, temporality } = this.#parts
    const present = read()
    const timeMs = clock.now()
    const isDelta = temporality === 'delta'
    const snapshot = isDelta ? deltaSnapshot(this.#previous, present) : present
    exporter.add({ snapshot, startMs: this.#startMs, timeMs, temporality })
    if (!isDelta) return
    this.#previous = present
    this.#startMs = timeMs
  }
}
