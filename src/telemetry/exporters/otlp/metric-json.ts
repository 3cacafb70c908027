/** Metrics as OTLP's JSON. */
import type { ExemplarPoint } from '../../exemplar.ts'
import { fromJsonNumber, type MetricFamily, type Series, type SummaryPoint } from '../../metric-snapshot.ts'
import { QuantileSketch } from '../../quantile-sketch.ts'
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, jsonAttributes, jsonTime } from './attribute-encoding.ts'
import { type MetricReading, pointsIn, temporalityCodes, unitOf } from './metric-reading.ts'

const encoder = new TextEncoder()

export class JsonMetricEncoder implements BatchEncoder<MetricReading> {
  readonly #resource: string
  readonly #texts: string[] = []
  #characters = 0
  #count = 0

  constructor(resource: SpanAttributes) {
    this.#resource = JSON.stringify({ attributes: jsonAttributes(flatAttributes(resource)) })
  }

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#count === 0 ? 0 : this.#resource.length + this.#characters
  }

  add(reading: MetricReading): void {
    for (const family of reading.snapshot.filter(({ series }) => series.length > 0)) {
      const text = JSON.stringify(jsonMetric(family, reading))
      this.#texts.push(text)
      this.#characters += text.length + 1
    }
    this.#count += pointsIn(reading.snapshot)
  }

  take(): Uint8Array {
    const metrics = this.#texts.splice(0).join()
    this.#characters = 0
    this.#count = 0
    const scopeMetrics = `[{"scope":{"name":"genever"},"metrics":[${metrics}]}]`
    return encoder.encode(`{"resourceMetrics":[{"resource":${this.#resource},"scopeMetrics":${scopeMetrics}}]}`)
  }
}

function jsonMetric(family: MetricFamily, reading: MetricReading): object {
  const { name, help: description } = family
  return { name, description, unit: unitOf(name), ...dataOf(family, reading) }
}

function dataOf(family: MetricFamily, reading: MetricReading): object {
  const aggregationTemporality = temporalityCodes[reading.temporality]
  const frame = (series: Series<unknown>): object => frameOf(family, series, reading)
  switch (family.kind) {
    case 'gauge': {
      const dataPoints = family.series.map((one) => ({
        ...frame(one),
        asDouble: jsonDouble(fromJsonNumber(one.point)),
      }))
      return { gauge: { dataPoints } }
    }
    case 'counter': {
      const dataPoints = family.series.map((one) => ({ ...frame(one), asDouble: jsonDouble(one.point) }))
      return { sum: { dataPoints, aggregationTemporality, isMonotonic: true } }
    }
    case 'histogram': {
      const dataPoints = family.series.map((one) => ({
        ...frame(one),
        count: String(one.point.counts.reduce((total, inBucket) => total + inBucket, 0)),
        sum: jsonDouble(one.point.sum),
        bucketCounts: one.point.counts.map(String),
        explicitBounds: family.bounds,
        ...(one.point.exemplars !== undefined && { exemplars: one.point.exemplars.map(jsonExemplar) }),
      }))
      return { histogram: { dataPoints, aggregationTemporality } }
    }
    case 'summary':
      return {
        summary: {
          dataPoints: family.series.map((one) => ({ ...frame(one), ...jsonSummary(one.point, family.quantiles) })),
        },
      }
  }
}

function frameOf({ kind, labelNames }: MetricFamily, { labelValues }: Series<unknown>, reading: MetricReading): object {
  return {
    ...(kind !== 'gauge' && { startTimeUnixNano: jsonTime(reading.startMs) }),
    timeUnixNano: jsonTime(reading.timeMs),
    attributes: jsonAttributes(labelNames.flatMap((name, i) => [name, labelValues[i] ?? ''])),
  }
}

function jsonSummary({ count, sum, sketch: saved }: SummaryPoint, quantiles: readonly number[]): object {
  const sketch = new QuantileSketch()
  sketch.merge(saved)
  return {
    count: String(count),
    sum: jsonDouble(sum),
    quantileValues: quantiles.map((quantile) => ({ quantile, value: jsonDouble(sketch.quantile(quantile)) })),
  }
}

function jsonExemplar({ value, timeMs, traceId, spanId }: ExemplarPoint): object {
  return { timeUnixNano: jsonTime(timeMs), asDouble: jsonDouble(value), spanId, traceId }
}

/** JSON has no word for what is not finite; protobuf's JSON writes it as text. */
function jsonDouble(value: number): number | string {
  return Number.isFinite(value) ? value : String(value)
}
