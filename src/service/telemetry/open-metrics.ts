/**
 * Sends the service's metrics to an OTLP receiver in an interval, where one is named; `/metrics` stays.
 *
 *   OTEL_METRICS_EXPORTER         otlp · none; default otlp where the environment or `otlp.endpoint` names a receiver
 *   OTEL_METRIC_EXPORT_INTERVAL   in milliseconds; default 60000
 *   OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE   cumulative (default) · delta
 */
import { resourceAttributes } from '../../telemetry/resource.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'
import type { OpenExporter } from './service-telemetry.ts'
import { wantsOtlp } from './wants-otlp.ts'

export async function openMetrics(given: OpenTelemetryOptions): Promise<OpenExporter | undefined> {
  const { options, env, log, meter, clock, readMetrics, name, version } = given
  if (readMetrics === undefined || !wantsOtlp('metrics', given)) return undefined
  const [{ createOtlpMetrics }, { otlpSettings }] = await Promise.all([
    import('../../telemetry/exporters/otlp/otlp-metrics.ts'),
    import('../../telemetry/exporters/otlp/otlp-settings.ts'),
  ])
  const settings = otlpSettings('metrics', env, options.otlp)
  for (const problem of settings.problems) log.warn('a telemetry setting is left out', { problem })
  const { intervalMs = 60_000, temporality = 'cumulative' } = options.metrics === false ? {} : (options.metrics ?? {})
  const asked = Number(env.OTEL_METRIC_EXPORT_INTERVAL)
  const isDelta = (env.OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE || temporality).toLowerCase() === 'delta'
  return createOtlpMetrics({
    settings,
    resource: resourceAttributes({ name, version, attributes: options.resource ?? {}, env }),
    read: readMetrics,
    intervalMs: asked > 0 && Number.isFinite(asked) ? asked : intervalMs,
    temporality: isDelta ? 'delta' : 'cumulative',
    limits: options.batch ?? {},
    ...{ meter, log, clock },
  })
}
