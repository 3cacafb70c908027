/**
 * Opens what a service exports: loaded when the options or the environment ask for it.
 *
 *   options, environment ─▶ exporter ─▶ sampler, limits ─▶ tracer, in the place of the one that recorded nothing
 */
import type { Environment } from '../../platform/environment.ts'
import { createTracer } from '../../telemetry/create-tracer.ts'
import { otlpSettings } from '../../telemetry/exporters/otlp/otlp-settings.ts'
import { createOtlpTraces } from '../../telemetry/exporters/otlp/otlp-traces.ts'
import { w3cPropagator } from '../../telemetry/propagation.ts'
import { resourceAttributes } from '../../telemetry/resource.ts'
import type { SpanSink } from '../../telemetry/span-record.ts'
import type { LateTracer } from './late-tracer.ts'
import { samplerFrom } from './sampler-setting.ts'
import type { OpenExporter, ServiceTelemetryOptions } from './service-telemetry.ts'
import { batchLimitsFrom, spanLimitsFrom } from './span-settings.ts'

export interface OpenTelemetryOptions extends ServiceTelemetryOptions {
  readonly env: Environment
  readonly late: LateTracer
}

/** What must be closed again. It does not reject: what cannot be opened is told in the log. */
export async function openTelemetry(given: OpenTelemetryOptions): Promise<readonly OpenExporter[]> {
  try {
    return await openTraces(given)
  } catch (error) {
    given.log.error('traces are not exported', { error })
    return []
  }
}

interface OpenSink {
  readonly sink: SpanSink
  readonly exporters: readonly OpenExporter[]
}

async function openTraces(given: OpenTelemetryOptions): Promise<readonly OpenExporter[]> {
  const { options, env, late, log, clock } = given
  const traces = options.traces === false ? {} : (options.traces ?? {})
  const opened = await openSink(given)
  if (opened === undefined) return []
  const propagator = w3cPropagator
  const tell = (problem: string): void => log.warn('a telemetry setting is not understood and left out', { problem })
  const sampler = samplerFrom(traces, env, tell)
  const limits = { ...traces.limits, ...spanLimitsFrom(env) }
  late.setDestination(createTracer({ sink: opened.sink, sampler, propagator, limits, clock }), propagator)
  return opened.exporters
}

async function openSink(given: OpenTelemetryOptions): Promise<OpenSink | undefined> {
  const { options, env, log, meter, clock, name, version } = given
  const wanted = options.traces === false ? 'none' : options.traces?.exporter
  if (typeof wanted === 'object') return { sink: wanted, exporters: [] }
  const exporter = env.OTEL_TRACES_EXPORTER || wanted || 'otlp'
  if (exporter === 'none') return undefined
  if (exporter !== 'otlp') {
    log.warn('spans are not exported: OTEL_TRACES_EXPORTER is none of otlp, none', { exporter: exporter.slice(0, 32) })
    return undefined
  }
  const settings = otlpSettings('traces', env, options.otlp)
  for (const problem of settings.problems) log.warn('a telemetry setting is left out', { problem })
  const { resource: attributes = {} } = options
  const resource = resourceAttributes({ name, version, attributes, env })
  const sink = await createOtlpTraces({ settings, resource, meter, log, clock, limits: batchLimitsFrom(env) })
  return { sink, exporters: [sink] }
}
