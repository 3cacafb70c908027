/** The exporter of spans over OTLP. */

import type { SpanRecord } from '../../span-record.ts'
import type { SpanAttributes } from '../../tracer.ts'
import type { BatchExporter } from '../batch-exporter.ts'
import { createOtlpExporter, type OtlpExporterOptions } from './otlp-exporter.ts'
import { JsonSpanEncoder } from './span-json.ts'
import { ProtobufSpanEncoder } from './span-protobuf.ts'

export interface OtlpTracesOptions extends Omit<OtlpExporterOptions<SpanRecord>, 'encoder'> {
  /** Who says it; see `resourceAttributes`. */
  readonly resource: SpanAttributes
}

/** @throws as `createOtlpExporter` does. */
export function createOtlpTraces({ resource, ...options }: OtlpTracesOptions): Promise<BatchExporter<SpanRecord>> {
  const isJson = options.settings.protocol === 'http/json'
  const encoder = isJson ? new JsonSpanEncoder(resource) : new ProtobufSpanEncoder(resource)
  return createOtlpExporter({ ...options, encoder })
}
