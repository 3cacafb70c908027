/**
 * Sends the service's log lines to an OTLP receiver too, where one is named; they stay on standard output.
 *
 *   OTEL_LOGS_EXPORTER   otlp · none; default otlp where the environment or `otlp.endpoint` names a receiver
 */
import { BoundedJson } from '../../telemetry/formats/bounded-json.ts'
import { resourceAttributes } from '../../telemetry/resource.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'
import type { OpenExporter } from './service-telemetry.ts'
import { wantsOtlp } from './wants-otlp.ts'

export async function openLogs(given: OpenTelemetryOptions): Promise<OpenExporter | undefined> {
  const { options, env, log, meter, clock, logTap, name, version } = given
  if (logTap === undefined || !wantsOtlp('logs', given)) return undefined
  const [{ createOtlpLogs }, { logEntryFrom }, { otlpSettings }] = await Promise.all([
    import('../../telemetry/exporters/otlp/otlp-logs.ts'),
    import('../../telemetry/exporters/otlp/log-entry.ts'),
    import('../../telemetry/exporters/otlp/otlp-settings.ts'),
  ])
  const settings = otlpSettings('logs', env, options.otlp)
  for (const problem of settings.problems) log.warn('a telemetry setting is left out', { problem })
  const resource = resourceAttributes({ name, version, attributes: options.resource ?? {}, env })
  const maxDelayMs = Number(env.OTEL_BLRP_SCHEDULE_DELAY)
  const limits = { ...options.batch, ...(maxDelayMs > 0 && { maxDelayMs }) }
  const exporter = await createOtlpLogs({ settings, resource, meter, log, clock, limits })
  const { withStacks, mask } = logTap.hiding
  const json = new BoundedJson({ withStacks, ...(mask !== undefined && { mask }) })
  const leave = logTap.onRecord((record) => exporter.add(logEntryFrom(record, json)))
  return {
    async close(timeoutMs) {
      leave()
      await exporter.close(timeoutMs)
    },
  }
}
