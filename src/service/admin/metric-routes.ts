/**
 * Metrics on the admin port, in the format that the scraper likes best. Prometheus asks for OpenMetrics first, a browser for neither.
 *
 *   Accept: application/openmetrics-text;version=1.0.0,…,*\/*;q=0.1 ─▶ OpenMetrics, with exemplars
 *   anything else                                                   ─▶ Prometheus text 0.0.4
 */
import type { App } from '../../http/app.ts'
import { preferredMediaType } from '../../http/negotiation/accept.ts'
import { openMetricsContentType, openMetricsText } from '../../telemetry/exporters/open-metrics.ts'
import { prometheusContentType, prometheusText } from '../../telemetry/exporters/prometheus.ts'
import type { MetricsSnapshot } from '../../telemetry/metric-snapshot.ts'

export function addMetricRoutes(app: App, read: () => MetricsSnapshot | Promise<MetricsSnapshot>): void {
  app.get('/metrics', async (c) => {
    const snapshot = await read()
    c.header('vary', 'accept')
    return takesOpenMetrics(c.raw.header('accept'))
      ? c.bytes(Buffer.from(openMetricsText(snapshot)), openMetricsContentType)
      : c.bytes(Buffer.from(prometheusText(snapshot)), prometheusContentType)
  })
}

/** It must be named: who takes anything gets what every program reads. Where both are liked alike, OpenMetrics says more. */
function takesOpenMetrics(accept: string | undefined): boolean {
  if (accept === undefined || !accept.toLowerCase().includes('application/openmetrics-text')) return false
  return preferredMediaType(accept, [openMetricsContentType, prometheusContentType]) === openMetricsContentType
}
