/** Whether anything is to be exported at all: asked by every service at its start, so that it loads nothing else. */
import type { Environment } from '../../../platform/environment.ts'
import type { OtlpSignal } from './otlp-settings.ts'

/** Whether the environment names a receiver for this signal. */
export function hasOtlpEndpoint(signal: OtlpSignal, env: Environment): boolean {
  const names = ['OTEL_EXPORTER_OTLP_ENDPOINT', `OTEL_EXPORTER_OTLP_${signal.toUpperCase()}_ENDPOINT`]
  return names.some((name) => env[name] !== undefined && env[name] !== '')
}
