/** Where the spans of a service go: what the options name, or the environment. */
import { hasOtlpEndpoint } from '../../telemetry/exporters/otlp/otlp-endpoint.ts'
import { otlpSettings } from '../../telemetry/exporters/otlp/otlp-settings.ts'
import { createOtlpTraces } from '../../telemetry/exporters/otlp/otlp-traces.ts'
import { resourceAttributes } from '../../telemetry/resource.ts'
import type { SpanSink } from '../../telemetry/span-record.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'
import type { OpenExporter } from './service-telemetry.ts'
import { batchLimitsFrom } from './span-settings.ts'

export interface OpenSpanSink {
  readonly sink: SpanSink
  readonly exporters: readonly OpenExporter[]
}

/** Undefined where nothing is to be exported. @throws what an exporter throws that cannot be made. */
export async function openSpanSink(given: OpenTelemetryOptions): Promise<OpenSpanSink | undefined> {
  const { options, env, log } = given
  if (options.traces === false || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined
  const wanted = options.traces?.exporter
  if (typeof wanted === 'object') return { sink: wanted, exporters: [] }
  const name = env.OTEL_TRACES_EXPORTER || wanted || (hasReceiver(given) ? 'otlp' : 'none')
  if (name === 'none') return undefined
  if (name === 'otlp') return openOtlp(given)
  log.warn('a telemetry setting is left out', { problem: `the exporter '${name.slice(0, 32)}' is not known` })
  return undefined
}

function hasReceiver({ options, env }: OpenTelemetryOptions): boolean {
  return options.otlp?.endpoint !== undefined || hasOtlpEndpoint('traces', env)
}

async function openOtlp({
  options,
  env,
  log,
  meter,
  clock,
  name,
  version,
}: OpenTelemetryOptions): Promise<OpenSpanSink> {
  const settings = otlpSettings('traces', env, options.otlp)
  for (const problem of settings.problems) log.warn('a telemetry setting is left out', { problem })
  const { resource: attributes = {} } = options
  const resource = resourceAttributes({ name, version, attributes, env })
  const sink = await createOtlpTraces({ settings, resource, meter, log, clock, limits: batchLimitsFrom(env) })
  return { sink, exporters: [sink] }
}
