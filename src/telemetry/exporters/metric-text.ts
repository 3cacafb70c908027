/**
 * The samples of a scrape: what Prometheus' own text format and OpenMetrics have in common.
 *
 *   family ─▶ head of the dialect ─▶ name{labels} value [exemplar] …
 */
import type { ExemplarPoint } from '../exemplar.ts'
import {
  fromJsonNumber,
  type HistogramFamily,
  type MetricFamily,
  type MetricsSnapshot,
  type SummaryFamily,
} from '../metric-snapshot.ts'
import { QuantileSketch } from '../quantile-sketch.ts'

/** Wherein the formats differ. */
export interface TextDialect {
  /** The lines in front of the samples of a family. */
  headText(family: MetricFamily): string
  /** A bound of a bucket or a quantile, as the value of its label. */
  boundText(bound: number): string
  /** Behind the count of a bucket; empty where the format has no place for it. */
  exemplarText(exemplar: ExemplarPoint): string
}

/** Families without a series are left out. */
export function metricText(snapshot: MetricsSnapshot, dialect: TextDialect): string {
  return snapshot
    .filter((family) => family.series.length > 0)
    .map((family) => dialect.headText(family) + samples(family, dialect))
    .join('')
}

function samples(family: MetricFamily, dialect: TextDialect): string {
  switch (family.kind) {
    case 'counter':
    case 'gauge':
      return family.series
        .map(({ labelValues, point }) => sample(family.name, labelText(family, labelValues), fromJsonNumber(point)))
        .join('')
    case 'histogram':
      return histogramSamples(family, dialect)
    case 'summary':
      return summarySamples(family, dialect)
  }
}

function histogramSamples(family: HistogramFamily, dialect: TextDialect): string {
  const { name, bounds, series } = family
  let text = ''
  for (const { labelValues, point } of series) {
    const labels = labelText(family, labelValues)
    let count = 0
    point.counts.forEach((inBucket, i) => {
      count += inBucket
      const le = dialect.boundText(bounds[i] ?? Number.POSITIVE_INFINITY)
      const exemplar = point.exemplars?.find(({ bucket }) => bucket === i)
      const example = exemplar === undefined ? '' : dialect.exemplarText(exemplar)
      text += sample(`${name}_bucket`, withLabel(labels, 'le', le), count, example)
    })
    text += sample(`${name}_sum`, labels, point.sum) + sample(`${name}_count`, labels, count)
  }
  return text
}

function summarySamples(family: SummaryFamily, dialect: TextDialect): string {
  const { name, quantiles, series } = family
  let text = ''
  for (const { labelValues, point } of series) {
    const labels = labelText(family, labelValues)
    const sketch = new QuantileSketch()
    sketch.merge(point.sketch)
    for (const quantile of quantiles) {
      text += sample(name, withLabel(labels, 'quantile', dialect.boundText(quantile)), sketch.quantile(quantile))
    }
    text += sample(`${name}_sum`, labels, point.sum) + sample(`${name}_count`, labels, point.count)
  }
  return text
}

function sample(name: string, labels: string, value: number, exemplar = ''): string {
  const series = labels === '' ? name : `${name}{${labels}}`
  return `${series} ${numberText(value)}${exemplar}\n`
}

function labelText({ labelNames }: MetricFamily, labelValues: readonly string[]): string {
  return labelNames.map((name, i) => `${name}="${escapeText(labelValues[i] ?? '')}"`).join(',')
}

function withLabel(labels: string, name: string, value: string): string {
  return `${labels === '' ? '' : `${labels},`}${name}="${value}"`
}

export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

/** As label values are written; help texts too, but for the quotes of the older format. */
export function escapeText(text: string): string {
  return escapeLine(text).replaceAll('"', '\\"')
}

export function escapeLine(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
