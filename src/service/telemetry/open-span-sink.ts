/** Where the spans of a service go: what the options name, or the environment. Only what is named is loaded. */
import { hasOtlpEndpoint } from '../../telemetry/exporters/otlp/otlp-endpoint.ts'
import { resourceAttributes } from '../../telemetry/resource.ts'
import type { SpanSink } from '../../telemetry/span-record.ts'
import type { OpenTelemetryOptions } from './open-telemetry.ts'
import type { OpenExporter } from './service-telemetry.ts'
import { batchLimitsFrom } from './span-settings.ts'

export interface OpenSpanSink {
  readonly sink: SpanSink
  readonly exporters: readonly OpenExporter[]
}

type SpanExporter = SpanSink & OpenExporter

/** Undefined where nothing is to be exported. @throws what an exporter throws that cannot be made. */
export async function openSpanSink(given: OpenTelemetryOptions): Promise<OpenSpanSink | undefined> {
  const { options, env } = given
  if (options.traces === false || env.OTEL_SDK_DISABLED?.toLowerCase() === 'true') return undefined
  const wanted = options.traces?.exporter
  if (typeof wanted === 'object') return { sink: wanted, exporters: [] }
  const names = env.OTEL_TRACES_EXPORTER || wanted || (hasReceiver(given) ? 'otlp' : 'none')
  const opened = await Promise.all(names.split(',').map((name) => openExporter(name.trim(), given)))
  const exporters = opened.filter((exporter) => exporter !== undefined)
  const [only] = exporters
  if (only === undefined) return undefined
  return { sink: exporters.length === 1 ? only : fanOut(exporters), exporters }
}

function hasReceiver({ options, env }: OpenTelemetryOptions): boolean {
  return options.otlp?.endpoint !== undefined || hasOtlpEndpoint('traces', env)
}

function fanOut(sinks: readonly SpanSink[]): SpanSink {
  return {
    add(span) {
      for (const sink of sinks) sink.add(span)
    },
  }
}

async function openExporter(name: string, given: OpenTelemetryOptions): Promise<SpanExporter | undefined> {
  switch (name) {
    case 'none':
    case '':
      return undefined
    case 'otlp':
      return openOtlp(given)
    case 'zipkin':
      return openZipkin(given)
    default:
      given.log.warn('a telemetry setting is left out', { problem: `the exporter '${name.slice(0, 32)}' is not known` })
      return undefined
  }
}

async function openOtlp({ options, env, log, meter, clock, ...service }: OpenTelemetryOptions): Promise<SpanExporter> {
  const [{ createOtlpTraces }, { otlpSettings }] = await Promise.all([
    import('../../telemetry/exporters/otlp/otlp-traces.ts'),
    import('../../telemetry/exporters/otlp/otlp-settings.ts'),
  ])
  const settings = otlpSettings('traces', env, options.otlp)
  for (const problem of settings.problems) log.warn('a telemetry setting is left out', { problem })
  const { name, version } = service
  const resource = resourceAttributes({ name, version, attributes: options.resource ?? {}, env })
  const limits = { ...options.batch, ...batchLimitsFrom(env) }
  return createOtlpTraces({ settings, resource, meter, log, clock, limits })
}

async function openZipkin({ options, env, log, meter, clock, name }: OpenTelemetryOptions): Promise<SpanExporter> {
  const { createZipkinTraces, zipkinSettings } = await import('../../telemetry/exporters/zipkin/zipkin-exporter.ts')
  const serviceName = String(resourceAttributes({ name, env })['service.name'])
  const limits = { ...options.batch, ...batchLimitsFrom(env) }
  return createZipkinTraces({ ...zipkinSettings(env, options.zipkin), serviceName, meter, log, clock, limits })
}
