/** Limits of spans and batches that the environment sets, by OpenTelemetry's names. A value that is no number is left out. */
import type { Environment } from '../../platform/environment.ts'
import type { BatchLimits } from '../../telemetry/exporters/batch-exporter.ts'
import type { SpanLimits } from '../../telemetry/span-limits.ts'

type Variables<Limits> = Readonly<Partial<Record<keyof Limits, readonly string[]>>>

/** The first that is set counts. */
const spanVariables: Variables<SpanLimits> = {
  maxAttributes: ['OTEL_SPAN_ATTRIBUTE_COUNT_LIMIT', 'OTEL_ATTRIBUTE_COUNT_LIMIT'],
  maxEvents: ['OTEL_SPAN_EVENT_COUNT_LIMIT'],
  maxLinks: ['OTEL_SPAN_LINK_COUNT_LIMIT'],
  maxInnerAttributes: [
    'OTEL_EVENT_ATTRIBUTE_COUNT_LIMIT',
    'OTEL_LINK_ATTRIBUTE_COUNT_LIMIT',
    'OTEL_ATTRIBUTE_COUNT_LIMIT',
  ],
  maxValueLength: ['OTEL_SPAN_ATTRIBUTE_VALUE_LENGTH_LIMIT', 'OTEL_ATTRIBUTE_VALUE_LENGTH_LIMIT'],
}

const batchVariables: Variables<BatchLimits> = {
  maxBatchItems: ['OTEL_BSP_MAX_EXPORT_BATCH_SIZE'],
  maxDelayMs: ['OTEL_BSP_SCHEDULE_DELAY'],
}

export function spanLimitsFrom(env: Environment): Partial<SpanLimits> {
  return numbersFrom(spanVariables, env)
}

export function batchLimitsFrom(env: Environment): Partial<BatchLimits> {
  return numbersFrom(batchVariables, env)
}

function numbersFrom<Limits>(variables: Variables<Limits>, env: Environment): Partial<Limits> {
  const limits: Record<string, number> = {}
  for (const [name, candidates] of Object.entries<readonly string[] | undefined>(variables)) {
    const text = candidates?.map((candidate) => env[candidate]).find((value) => value !== undefined && value !== '')
    if (text !== undefined && /^\d{1,9}$/.test(text)) limits[name] = Number(text)
  }
  return limits as Partial<Limits>
}
