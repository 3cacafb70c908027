/**
 * Prometheus text format 0.0.4, as a scrape reads it.
 *
 *   # HELP http_requests_total Requests answered.
 *   # TYPE http_requests_total counter
 *   http_requests_total{method="GET",status="200"} 42
 */
import type { MetricsSnapshot } from '../metric-snapshot.ts'
import { escapeLine, metricText, numberText, type TextDialect } from './metric-text.ts'

export const prometheusContentType = 'text/plain; version=0.0.4; charset=utf-8'

/** The whole exposition; it has no place for exemplars. */
export function prometheusText(snapshot: MetricsSnapshot): string {
  return metricText(snapshot, dialect)
}

const dialect: TextDialect = {
  headText: ({ name, help, kind }) => `# HELP ${name} ${escapeLine(help)}\n# TYPE ${name} ${kind}\n`,
  boundText: numberText,
  exemplarText: () => '',
}
