/**
 * OpenMetrics 1.0.0, which a scrape may ask for: Prometheus' format with units and exemplars, and an end that shows that nothing is missing.
 *
 *   # TYPE http_request_duration_seconds histogram
 *   # UNIT http_request_duration_seconds seconds
 *   # HELP http_request_duration_seconds Time to answer.
 *   http_request_duration_seconds_bucket{route="/orders",le="0.1"} 42 # {trace_id="4bf9…",span_id="00f0…"} 0.067 1795867200.123
 *   # EOF
 */
import type { ExemplarPoint } from '../exemplar.ts'
import type { MetricFamily, MetricsSnapshot } from '../metric-snapshot.ts'
import { escapeText, metricText, numberText, type TextDialect } from './metric-text.ts'

export const openMetricsContentType = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** The whole exposition. */
export function openMetricsText(snapshot: MetricsSnapshot): string {
  return `${metricText(snapshot, dialect)}# EOF\n`
}

const dialect: TextDialect = {
  headText(family) {
    const name = familyName(family)
    const unit = /_(seconds|bytes|ratio)$/.exec(name)?.[1]
    const unitLine = unit === undefined ? '' : `# UNIT ${name} ${unit}\n`
    return `# TYPE ${name} ${family.kind}\n${unitLine}# HELP ${name} ${escapeText(family.help)}\n`
  },
  /** A canonical number, so that every program calls the same bucket by the same text: `1.0`, not `1`. */
  boundText(bound) {
    const text = numberText(bound)
    return /^-?\d+$/.test(text) ? `${text}.0` : text
  },
  exemplarText: ({ traceId, spanId, value, timeMs }: ExemplarPoint) =>
    ` # {trace_id="${traceId}",span_id="${spanId}"} ${numberText(value)} ${(timeMs / 1_000).toFixed(3)}`,
}

/** A counter goes by its name without `_total`, which only its sample has. */
function familyName({ kind, name }: MetricFamily): string {
  return kind === 'counter' ? name.replace(/_total$/, '') : name
}
