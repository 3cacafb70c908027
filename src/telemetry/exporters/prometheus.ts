/**
 * Prometheus text format 0.0.4, as a scrape reads it.
 *
 *   # HELP http_requests_total Requests answered.
 *   # TYPE http_requests_total counter
 *   http_requests_total{method="GET",status="200"} 42
 */
import {
  fromJsonNumber,
  type HistogramFamily,
  type MetricFamily,
  type MetricsSnapshot,
  type SummaryFamily,
} from '../metric-snapshot.ts'
import { QuantileSketch } from '../quantile-sketch.ts'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** The whole exposition; families without a series are left out. */
export function prometheusText(snapshot: MetricsSnapshot): string {
  return snapshot
    .filter((family) => family.series.length > 0)
    .map(
      (family) =>
        `# HELP ${family.name} ${escapeHelp(family.help)}\n# TYPE ${family.name} ${family.kind}\n${samples(family)}`,
    )
    .join('')
}

function samples(family: MetricFamily): string {
  switch (family.kind) {
    case 'counter':
    case 'gauge':
      return family.series
        .map(({ labelValues, point }) => sample(family.name, labelText(family, labelValues), fromJsonNumber(point)))
        .join('')
    case 'histogram':
      return histogramSamples(family)
    case 'summary':
      return summarySamples(family)
  }
}

function histogramSamples(family: HistogramFamily): string {
  const { name, bounds, series } = family
  let text = ''
  for (const { labelValues, point } of series) {
    const labels = labelText(family, labelValues)
    let count = 0
    point.counts.forEach((inBucket, i) => {
      count += inBucket
      text += sample(`${name}_bucket`, withLabel(labels, 'le', bounds[i] ?? Number.POSITIVE_INFINITY), count)
    })
    text += sample(`${name}_sum`, labels, point.sum) + sample(`${name}_count`, labels, count)
  }
  return text
}

function summarySamples(family: SummaryFamily): string {
  const { name, quantiles, series } = family
  let text = ''
  for (const { labelValues, point } of series) {
    const labels = labelText(family, labelValues)
    const sketch = new QuantileSketch()
    sketch.merge(point.sketch)
    for (const quantile of quantiles) {
      text += sample(name, withLabel(labels, 'quantile', quantile), sketch.quantile(quantile))
    }
    text += sample(`${name}_sum`, labels, point.sum) + sample(`${name}_count`, labels, point.count)
  }
  return text
}

function sample(name: string, labels: string, value: number): string {
  return labels === '' ? `${name} ${numberText(value)}\n` : `${name}{${labels}} ${numberText(value)}\n`
}

function labelText({ labelNames }: MetricFamily, labelValues: readonly string[]): string {
  return labelNames.map((name, i) => `${name}="${escapeLabel(labelValues[i] ?? '')}"`).join(',')
}

function withLabel(labels: string, name: string, value: number): string {
  return `${labels === '' ? '' : `${labels},`}${name}="${numberText(value)}"`
}

function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return '+Inf'
  return value === Number.NEGATIVE_INFINITY ? '-Inf' : String(value)
}

function escapeHelp(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}

function escapeLabel(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"')
}
