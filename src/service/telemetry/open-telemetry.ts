/**
 * Opens what a service exports: loaded when the options or the environment ask for anything.
 *
 *   options, environment ─▶ propagator ─▶ LateTracer
 *                         └▶ exporter ─▶ tail sampler? ─▶ sampler, limits ─▶ tracer ─▶ LateTracer
 */
import type { Environment } from '../../platform/environment.ts'
import { createTracer } from '../../telemetry/create-tracer.ts'
import { createNoopTracer } from '../../telemetry/noop-tracer.ts'
import type { Propagator } from '../../telemetry/propagation.ts'
import { propagatorsNamed } from '../../telemetry/propagators/propagator-names.ts'
import type { SpanSink } from '../../telemetry/span-record.ts'
import { recordAll, TailSampler } from '../../telemetry/tail-sampler.ts'
import type { Tracer } from '../../telemetry/tracer.ts'
import type { LateTracer } from './late-tracer.ts'
import { openLogs } from './open-logs.ts'
import { openMetrics } from './open-metrics.ts'
import { type OpenSpanSink, openSpanSink } from './open-span-sink.ts'
import { samplerFrom } from './sampler-setting.ts'
import type { LogTap, OpenExporter, ServiceTelemetryOptions } from './service-telemetry.ts'
import { spanLimitsFrom } from './span-settings.ts'

export interface OpenTelemetryOptions extends ServiceTelemetryOptions {
  readonly env: Environment
  readonly late: LateTracer
  /** Undefined where the service's logger cannot be read. */
  readonly logTap?: LogTap
}

/** What must be closed again. An exporter that cannot be opened is told in the log. @throws what the bridge throws. */
export async function openTelemetry(given: OpenTelemetryOptions): Promise<readonly OpenExporter[]> {
  const { tracer, late } = given
  const propagator = propagatorFrom(given)
  const opened = tracer === undefined ? await openedOrTold(given, 'traces', openSpanSink) : undefined
  late.setDestination(tracer ?? tracerFor(given, opened, propagator), propagator)
  const others = await Promise.all([openedOrTold(given, 'metrics', openMetrics), openedOrTold(given, 'logs', openLogs)])
  const exporters = [...(opened?.exporters ?? []), ...others.filter((exporter) => exporter !== undefined)]
  return given.options.openTelemetryApi === true ? [...exporters, await openBridge(given)] : exporters
}

/** @throws ServiceError `OPENTELEMETRY_NOT_INSTALLED`, `OPENTELEMETRY_TAKEN`: whoever asks for the bridge writes code that needs it. */
async function openBridge({ late, clock }: OpenTelemetryOptions): Promise<OpenExporter> {
  const { bridgeOpenTelemetry } = await import('../../telemetry/opentelemetry/bridge.ts')
  const end = await bridgeOpenTelemetry({ tracer: late, propagator: late, clock })
  return { close: async () => end() }
}

async function openedOrTold<T>(
  given: OpenTelemetryOptions,
  what: string,
  open: (given: OpenTelemetryOptions) => Promise<T | undefined>,
): Promise<T | undefined> {
  try {
    return await open(given)
  } catch (error) {
    given.log.error(`${what} are not exported`, { error })
    return undefined
  }
}

function tracerFor(given: OpenTelemetryOptions, opened: OpenSpanSink | undefined, propagator: Propagator): Tracer {
  if (opened === undefined) return createNoopTracer({ propagator })
  const { options, env, clock, meter } = given
  const traces = options.traces === false ? {} : (options.traces ?? {})
  const { keepErrors = false, keepSlowerThanMs } = traces
  const head = samplerFrom({ traces, env, clock, tell: teller(given) })
  const limits = { ...traces.limits, ...spanLimitsFrom(env) }
  const shared = { propagator, limits, clock }
  if (!keepErrors && keepSlowerThanMs === undefined)
    return createTracer({ ...shared, sink: opened.sink, sampler: head })
  const slow = keepSlowerThanMs === undefined ? {} : { keepSlowerThanMs }
  const sink: SpanSink = new TailSampler({ next: opened.sink, keepErrors, meter, ...slow })
  return createTracer({ ...shared, sink, sampler: recordAll(head) })
}

function propagatorFrom(given: OpenTelemetryOptions): Propagator {
  const { OTEL_PROPAGATORS = '' } = given.env
  const fromEnvironment = OTEL_PROPAGATORS.split(',').map((name) => name.trim())
  const names = OTEL_PROPAGATORS === '' ? (given.options.propagators ?? ['tracecontext', 'baggage']) : fromEnvironment
  const tell = teller(given)
  return propagatorsNamed(names, (name) => tell(`the propagator '${name.slice(0, 32)}' is not known`))
}

function teller({ log }: OpenTelemetryOptions): (problem: string) => void {
  return (problem) => log.warn('a telemetry setting is left out', { problem })
}
