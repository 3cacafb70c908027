/**
 * Telemetry: what a service says about itself. Three small contracts, each silent until it is given somewhere to go.
 *
 *   logs      Logger ─▶ level ─▶ + span, context fields, child fields ─▶ LogFormat (json, pretty) ─▶ LogSink (stdout, memory)
 *   metrics   Meter ─▶ instruments in a Registry ─▶ snapshot ─▶ (merged over processes) ─▶ exporters/prometheus
 *   traces    headers ─▶ Propagator ─▶ TraceContext ─▶ Tracer ─▶ Span in the Context ─▶ headers of outgoing calls
 */
export { prometheusContentType, prometheusText } from './exporters/prometheus.ts'
export { BoundedJson, type BoundedJsonOptions, type JsonLimits } from './formats/bounded-json.ts'
export { type JsonFormatOptions, jsonFormat } from './formats/json.ts'
export { type PrettyFormatOptions, prettyFormat, wantsColor } from './formats/pretty.ts'
export { exponentialBuckets, latencyBuckets, linearBuckets } from './instruments/histogram.ts'
export { createJsonLogger, type JsonLoggerOptions } from './json-logger.ts'
export { createLineLogger, type LineLoggerOptions, type RootLogger } from './line-logger.ts'
export { addLogFields, contextLogFields, withLogFields } from './log-fields.ts'
export type { LogFormat, LogRecord } from './log-format.ts'
export { isLogThreshold, levelRank, logThresholds } from './log-level.ts'
export type { LogSink } from './log-sink.ts'
export type { LogFields, Logger, LogLevel, LogThreshold } from './logger.ts'
export { cumulativeSnapshot, mergeSnapshots } from './merge-snapshots.ts'
export type {
  Counter,
  CounterOptions,
  CounterSeries,
  Gauge,
  GaugeAggregation,
  GaugeOptions,
  GaugeSeries,
  Histogram,
  HistogramOptions,
  HistogramSeries,
  InstrumentOptions,
  LabelValues,
  Meter,
  Summary,
  SummaryOptions,
  SummarySeries,
} from './meter.ts'
export type {
  BinsSnapshot,
  CounterFamily,
  GaugeFamily,
  HistogramFamily,
  HistogramPoint,
  JsonNumber,
  MetricFamily,
  MetricsSnapshot,
  Series,
  SketchSnapshot,
  SummaryFamily,
  SummaryPoint,
} from './metric-snapshot.ts'
export { noopLogger } from './noop-logger.ts'
export { createNoopTracer, type NoopTracerOptions, noopTracer } from './noop-tracer.ts'
export { createPrettyLogger, type PrettyLoggerOptions } from './pretty-logger.ts'
export {
  formatTraceparent,
  type HeaderSource,
  type HeaderTarget,
  type Propagator,
  parseTraceContext,
  w3cPropagator,
} from './propagation.ts'
export { Registry, type RegistryOptions } from './registry.ts'
export { type RuntimeMetricsOptions, startRuntimeMetrics } from './runtime-metrics.ts'
export { type SecretNameOptions, type SecretNames, secretNames } from './secret-names.ts'
export { MemorySink } from './sinks/memory.ts'
export { type StdoutSinkOptions, stdoutSink } from './sinks/stdout.ts'
export { childContext, rootContext } from './trace-context.ts'
export { newSpanId, newTraceId } from './trace-ids.ts'
export {
  currentSpan,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanOptions,
  type TraceContext,
  type Tracer,
} from './tracer.ts'
