/** What is measured beside: OpenTelemetry's SDK, pino and prom-client, set up as their own pages say. */
import { context, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api'
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto'
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer'
import { resourceFromAttributes } from '@opentelemetry/resources'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  TracerProvider,
} from '@opentelemetry/sdk-trace'
import pino from 'pino'
import promClient from 'prom-client'

export {
  AlwaysOffSampler,
  AlwaysOnSampler,
  BatchSpanProcessor,
  context,
  MeterProvider,
  OTLPTraceExporter,
  ParentBasedSampler,
  ProtobufTraceSerializer,
  pino,
  promClient,
  ROOT_CONTEXT,
  resourceFromAttributes,
  SpanKind,
  TraceIdRatioBasedSampler,
  TracerProvider,
  trace,
}
