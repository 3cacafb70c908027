/** The exporter of log records over OTLP. */
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchExporter } from '../batch-exporter.ts'
import type { LogEntry } from './log-entry.ts'
import { JsonLogEncoder } from './log-json.ts'
import { ProtobufLogEncoder } from './log-protobuf.ts'
import { createOtlpExporter, type OtlpExporterOptions } from './otlp-exporter.ts'

export interface OtlpLogsOptions extends Omit<OtlpExporterOptions<LogEntry>, 'encoder'> {
  readonly resource: SpanAttributes
}

/** @throws as `createOtlpExporter` does. */
export function createOtlpLogs({ resource, ...options }: OtlpLogsOptions): Promise<BatchExporter<LogEntry>> {
  const isJson = options.settings.protocol === 'http/json'
  const encoder = isJson ? new JsonLogEncoder(resource) : new ProtobufLogEncoder(resource)
  return createOtlpExporter({ ...options, encoder })
}
