/**
 * Telemetry: what a service says about itself. Three small contracts, each silent until it is given somewhere to go.
 *
 *   logs      Logger ─▶ level ─▶ + span, context fields, child fields ─▶ LogFormat (json, pretty) ─▶ LogSink (stdout, memory)
 *   metrics   Meter ─▶ instruments in a Registry ─▶ snapshot ─▶ (merged over processes) ─▶ exporters/prometheus, open-metrics
 *   traces    headers ─▶ Propagator ─▶ TraceContext ─▶ Tracer ─▶ Span in the Context ─▶ headers of outgoing calls
 *             Sampler ─▶ SpanRecord ─▶ SpanSink: exporters/otlp, exporters/zipkin ─▶ batches ─▶ receiver
 */
export {
  type Baggage,
  type BaggageEntry,
  baggageValue,
  contextBaggage,
  formatBaggage,
  parseBaggage,
  withBaggage,
} from './baggage.ts'
export { createTracer, type TracerOptions } from './create-tracer.ts'
export { defaultTracer, setDefaultTracer } from './default-tracer.ts'
export { type ExemplarPoint, exemplarOf } from './exemplar.ts'
export type { BatchEncoder } from './exporters/batch-encoder.ts'
export { BatchExporter, type BatchExporterOptions, type BatchLimits } from './exporters/batch-exporter.ts'
export { HttpSender, type HttpSenderOptions } from './exporters/http-sender.ts'
export { MemorySpans } from './exporters/memory-spans.ts'
export { openMetricsContentType, openMetricsText } from './exporters/open-metrics.ts'
export { createOtlpExporter, type OtlpExporterOptions } from './exporters/otlp/otlp-exporter.ts'
export {
  type OtlpCompression,
  type OtlpOptions,
  type OtlpProtocol,
  type OtlpSettings,
  type OtlpSignal,
  otlpSettings,
} from './exporters/otlp/otlp-settings.ts'
export { createOtlpTraces, type OtlpTracesOptions } from './exporters/otlp/otlp-traces.ts'
export { JsonSpanEncoder } from './exporters/otlp/span-json.ts'
export { ProtobufSpanEncoder } from './exporters/otlp/span-protobuf.ts'
export { prometheusContentType, prometheusText } from './exporters/prometheus.ts'
export {
  createZipkinTraces,
  type ZipkinOptions,
  type ZipkinTracesOptions,
} from './exporters/zipkin/zipkin-exporter.ts'
export { BoundedJson, type BoundedJsonOptions, type JsonLimits } from './formats/bounded-json.ts'
export { type JsonFormatOptions, type JsonPreset, jsonFormat } from './formats/json.ts'
export { type PrettyFormatOptions, prettyFormat, wantsColor } from './formats/pretty.ts'
export { exponentialBuckets, latencyBuckets, linearBuckets } from './instruments/histogram.ts'
export { createJsonLogger, type JsonLoggerOptions } from './json-logger.ts'
export { createLineLogger, type LineLoggerOptions, type LoggedRecord, type RootLogger } from './line-logger.ts'
export { addLogFields, contextLogFields, withLogFields } from './log-fields.ts'
export type { LogFormat, LogRecord } from './log-format.ts'
export { isLogThreshold, levelRank, logThresholds } from './log-level.ts'
export type { LogSink } from './log-sink.ts'
export type { LogFields, Logger, LogLevel, LogThreshold } from './logger.ts'
export type { Mask, MaskOptions, MaskRule, MaskWay } from './masking/mask.ts'
export { createMask } from './masking/mask.ts'
export type { MaskKind } from './masking/mask-kinds.ts'
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
export { type BridgeOptions, bridgeOpenTelemetry } from './opentelemetry/bridge.ts'
export { createPrettyLogger, type PrettyLoggerOptions } from './pretty-logger.ts'
export {
  formatTraceparent,
  type HeaderSource,
  type HeaderTarget,
  type Propagator,
  parseTraceContext,
  w3cPropagator,
} from './propagation.ts'
export { b3MultiPropagator, b3Propagator } from './propagators/b3.ts'
export { compositePropagator, defaultPropagator, withW3cBaggage } from './propagators/composite.ts'
export { jaegerPropagator } from './propagators/jaeger.ts'
export { otTracePropagator } from './propagators/ot-trace.ts'
export { type PropagatorName, propagatorsNamed } from './propagators/propagator-names.ts'
export { xRayPropagator } from './propagators/x-ray.ts'
export { Registry, type RegistryOptions } from './registry.ts'
export type { SamplingOptions } from './repeat-sampler.ts'
export { type ResourceOptions, resourceAttributes } from './resource.ts'
export { type RuntimeMetricsOptions, startRuntimeMetrics } from './runtime-metrics.ts'
export {
  allOf,
  alwaysOff,
  alwaysOn,
  parentBased,
  rateLimited,
  type Sampler,
  type SamplingDecision,
  type SamplingQuestion,
  traceIdRatio,
} from './sampler.ts'
export { type SecretNameOptions, type SecretNames, secretNames } from './secret-names.ts'
export { type FileSinkOptions, fileSink } from './sinks/file.ts'
export { MemorySink } from './sinks/memory.ts'
export { type StdoutSinkOptions, stdoutSink } from './sinks/stdout.ts'
export { defaultSpanLimits, type SpanLimits } from './span-limits.ts'
export type { EventRecord, FlatAttributes, LinkRecord, SpanRecord, SpanSink, SpanStatus } from './span-record.ts'
export { recordAll, TailSampler, type TailSamplerOptions } from './tail-sampler.ts'
export { childContext, rootContext } from './trace-context.ts'
export { newSpanId, newTraceId } from './trace-ids.ts'
export { type TracedOptions, traced } from './traced.ts'
export {
  type AttributeValue,
  type ChildSpanOptions,
  currentSpan,
  type Span,
  type SpanAttributes,
  type SpanKind,
  type SpanLink,
  type SpanOptions,
  type SpanScope,
  type TraceContext,
  type Tracer,
} from './tracer.ts'
