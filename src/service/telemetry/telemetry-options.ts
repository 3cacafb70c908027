/** What a service says about where its telemetry goes. The environment's variables win over it, as they do elsewhere. */
import type { BatchLimits } from '../../telemetry/exporters/batch-exporter.ts'
import type { OtlpOptions } from '../../telemetry/exporters/otlp/otlp-settings.ts'
import type { ZipkinOptions } from '../../telemetry/exporters/zipkin/zipkin-exporter.ts'
import type { PropagatorName } from '../../telemetry/propagators/propagator-names.ts'
import type { SpanLimits } from '../../telemetry/span-limits.ts'
import type { SpanSink } from '../../telemetry/span-record.ts'
import type { SpanAttributes } from '../../telemetry/tracer.ts'

export interface TelemetryOptions {
  /** Which spans are kept, and where they go; `false` for none, whatever the environment says. */
  readonly traces?: TracesOptions | false
  /** Whether log lines are sent to the receiver too, beside standard output; `false` for never. */
  readonly logs?: SignalOptions | false
  /** Whether metrics are sent to the receiver too, beside `/metrics`; `false` for never. */
  readonly metrics?: MetricsExportOptions | false
  /** The receiver of everything that is exported by OTLP. */
  readonly otlp?: OtlpOptions
  /** The Zipkin server, where spans go to one. */
  readonly zipkin?: ZipkinOptions
  /**
   * Formats in which traces are read from callers and written to those who are called; of those that are read the last one
   * that holds counts. Default `tracecontext` and `baggage`. `OTEL_PROPAGATORS` wins.
   */
  readonly propagators?: readonly PropagatorName[]
  /** When requests to a receiver are sent, and how much may wait for it; of each signal and exporter by itself. */
  readonly batch?: Partial<BatchLimits>
  /**
   * Whether code that uses `@opentelemetry/api` makes spans of this service and sees them; needs that package, and that no
   * SDK is registered with it. Default false.
   */
  readonly openTelemetryApi?: boolean
  /** Attributes of everything that is exported, beside name, version and process. */
  readonly resource?: SpanAttributes
}

export interface SignalOptions {
  /** Default: OTLP where the environment or `otlp.endpoint` names a receiver, else nowhere. `OTEL_LOGS_EXPORTER` wins. */
  readonly exporter?: 'otlp' | 'none'
}

export interface MetricsExportOptions extends SignalOptions {
  /** Default 60,000. `OTEL_METRIC_EXPORT_INTERVAL` wins. */
  readonly intervalMs?: number
  /** Whether counts are those since the start or since the last time; default `cumulative`. */
  readonly temporality?: 'cumulative' | 'delta'
}

export interface TracesOptions {
  /**
   * Where spans go: `otlp`, `zipkin`, `none`, or a sink of one's own. Default: OTLP where the environment or `otlp.endpoint` names a
   * receiver, else nowhere. `OTEL_TRACES_EXPORTER` wins over a name, not over a sink.
   */
  readonly exporter?: 'otlp' | 'zipkin' | 'none' | SpanSink
  /** Share of the traces that begin here which are kept, from 0 to 1; default 1. Those that arrive are kept if the caller keeps them. */
  readonly ratio?: number
  /** Most traces that begin here and are kept in one second, whatever the traffic; default no limit. */
  readonly perSecond?: number
  /**
   * Whether a trace that arrives is kept as its caller says. Default true. At an edge that strangers can reach they would
   * decide what is stored: with false, `ratio` and `perSecond` hold for their traces too.
   */
  readonly followCaller?: boolean
  /**
   * Keeps a trace that was not picked if a span of it failed in this process. What comes before the failure is held back
   * until it is known; see `TailSampler`. Default false.
   */
  readonly keepErrors?: boolean
  /** The same for a request, or other local root, that took at least so long, in milliseconds. Default none. */
  readonly keepSlowerThanMs?: number
  readonly limits?: Partial<SpanLimits>
}
