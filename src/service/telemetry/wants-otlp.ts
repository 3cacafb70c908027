/** Whether logs or metrics are to be exported: the environment's word, the service's, or that a receiver is named at all. */
import { hasOtlpEndpoint } from '../../telemetry/exporters/otlp/otlp-endpoint.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'

export function wantsOtlp(signal: 'logs' | 'metrics', { options, env, log }: OpenTelemetryOptions): boolean {
  const own = options[signal]
  if (own === false || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return false
  const hasReceiver = options.otlp?.endpoint !== undefined || hasOtlpEndpoint(signal, env)
  const named = env[`OTEL_${signal.toUpperCase()}_EXPORTER`] || own?.exporter || (hasReceiver ? 'otlp' : 'none')
  if (named !== 'otlp' && named !== 'none') {
    log.warn('a telemetry setting is left out', { problem: `${signal} have no exporter '${named.slice(0, 32)}'` })
  }
  return named === 'otlp'
}
