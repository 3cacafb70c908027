/**
 * Metrics as protobuf: `ExportMetricsServiceRequest` of opentelemetry-proto 1.x.
 *
 *   request { resource_metrics = 1 { resource = 1, scope_metrics = 2 { scope = 1, metrics = 2 … } } }
 *   metric  { name = 1, description = 2, unit = 3, gauge = 5 │ sum = 7 │ histogram = 9 │ summary = 11 { data_points = 1 … } }
 */
import {
  fromJsonNumber,
  type HistogramPoint,
  type MetricFamily,
  type Series,
  type SummaryPoint,
} from '../../metric-snapshot.ts'
import { QuantileSketch } from '../../quantile-sketch.ts'
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchEncoder } from '../batch-encoder.ts'
import { flatAttributes, writeAttribute, writeAttributes } from './attribute-encoding.ts'
import { type MetricReading, pointsIn, temporalityCodes, unitOf } from './metric-reading.ts'
import { ProtobufWriter } from './protobuf-writer.ts'

const dataFields = { gauge: 5, counter: 7, histogram: 9, summary: 11 } as const

export class ProtobufMetricEncoder implements BatchEncoder<MetricReading> {
  readonly #resource: Uint8Array
  readonly #metrics = new ProtobufWriter()
  #count = 0

  constructor(resource: SpanAttributes) {
    const writer = new ProtobufWriter()
    writeAttributes(writer, 1, flatAttributes(resource))
    this.#resource = writer.out.written().slice()
  }

  get count(): number {
    return this.#count
  }

  get byteLength(): number {
    return this.#count === 0 ? 0 : this.#resource.length + this.#metrics.out.end
  }

  add(reading: MetricReading): void {
    for (const family of reading.snapshot) if (family.series.length > 0) writeMetric(this.#metrics, family, reading)
    this.#count += pointsIn(reading.snapshot)
  }

  take(): Uint8Array {
    const writer = new ProtobufWriter()
    const resourceMetrics = writer.begin(1)
    writer.message(1, this.#resource)
    const scopeMetrics = writer.begin(2)
    const scope = writer.begin(1)
    writer.text(1, 'genever')
    writer.end(scope)
    writer.out.copy(this.#metrics.out.written())
    writer.end(scopeMetrics)
    writer.end(resourceMetrics)
    this.#metrics.out.end = 0
    this.#count = 0
    return writer.out.written()
  }
}

function writeMetric(writer: ProtobufWriter, family: MetricFamily, reading: MetricReading): void {
  const start = writer.begin(2)
  writer.text(1, family.name)
  writer.text(2, family.help)
  writer.text(3, unitOf(family.name))
  const data = writer.begin(dataFields[family.kind])
  writePoints(writer, family, reading)
  if (family.kind === 'counter' || family.kind === 'histogram') writer.uint(2, temporalityCodes[reading.temporality])
  if (family.kind === 'counter') writer.bool(3, true)
  writer.end(data)
  writer.end(start)
}

function writePoints(writer: ProtobufWriter, family: MetricFamily, reading: MetricReading): void {
  switch (family.kind) {
    case 'counter':
    case 'gauge':
      for (const series of family.series as readonly Series<number>[]) {
        const start = beginPoint(writer, family, { series, reading, labelField: 7 })
        writer.double(4, fromJsonNumber(series.point))
        writer.end(start)
      }
      break
    case 'histogram':
      for (const series of family.series) {
        const start = beginPoint(writer, family, { series, reading, labelField: 9 })
        writeHistogram(writer, series.point, family.bounds)
        writer.end(start)
      }
      break
    case 'summary':
      for (const series of family.series) {
        const start = beginPoint(writer, family, { series, reading, labelField: 7 })
        writeSummary(writer, series.point, family.quantiles)
        writer.end(start)
      }
  }
}

interface PointStart {
  readonly series: Series<unknown>
  readonly reading: MetricReading
  readonly labelField: number
}

function beginPoint(writer: ProtobufWriter, family: MetricFamily, { series, reading, labelField }: PointStart): number {
  const start = writer.begin(1)
  if (family.kind !== 'gauge') writer.time(2, reading.startMs)
  writer.time(3, reading.timeMs)
  family.labelNames.forEach((name, i) => {
    writeAttribute(writer, labelField, name, series.labelValues[i] ?? '')
  })
  return start
}

function writeHistogram(
  writer: ProtobufWriter,
  { counts, sum, exemplars = [] }: HistogramPoint,
  bounds: readonly number[],
): void {
  const count = counts.reduce((total, inBucket) => total + inBucket, 0)
  writeCount(writer, 4, count)
  writer.double(5, sum)
  // Not packed, which readers of proto3 must take as well.
  for (const inBucket of counts) writeCount(writer, 6, inBucket)
  for (const bound of bounds) writer.double(7, bound)
  for (const { value, timeMs, traceId, spanId } of exemplars) {
    const start = writer.begin(8)
    writer.time(2, timeMs)
    writer.double(3, value)
    writer.hex(4, spanId)
    writer.hex(5, traceId)
    writer.end(start)
  }
}

function writeSummary(writer: ProtobufWriter, point: SummaryPoint, quantiles: readonly number[]): void {
  const sketch = new QuantileSketch()
  sketch.merge(point.sketch)
  writeCount(writer, 4, point.count)
  writer.double(5, point.sum)
  for (const quantile of quantiles) {
    const value = writer.begin(6)
    writer.double(1, quantile)
    writer.double(2, sketch.quantile(quantile))
    writer.end(value)
  }
}

function writeCount(writer: ProtobufWriter, field: number, count: number): void {
  writer.fixed64(field, Math.floor(count / 0x1_0000_0000), count % 0x1_0000_0000)
}
