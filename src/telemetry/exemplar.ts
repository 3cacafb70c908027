/**
 * Exemplar: a trace beside a bucket of a histogram, as an example of what was counted there. It is what leads from a slow
 * percentile to the request behind it.
 */
import type { Span, TraceContext } from './tracer.ts'

export interface ExemplarPoint {
  /** Index of the bucket, from 0 on. */
  readonly bucket: number
  readonly value: number
  /** When it was observed, in milliseconds since the Unix epoch. */
  readonly timeMs: number
  readonly traceId: string
  readonly spanId: string
}

/**
 * What `observe` takes as an example: the context of a span that is kept. Undefined for all others, whose trace nobody
 * would find; a span that is not kept is not even asked for its ids.
 */
export function exemplarOf(span: Span | undefined): TraceContext | undefined {
  return span?.isRecording === true && span.context.sampled ? span.context : undefined
}

/** The youngest of each bucket. */
export function mergeExemplars(
  a: readonly ExemplarPoint[] | undefined,
  b: readonly ExemplarPoint[] | undefined,
): readonly ExemplarPoint[] | undefined {
  if (a === undefined || b === undefined) return a ?? b
  const youngest = new Map(a.map((exemplar) => [exemplar.bucket, exemplar]))
  for (const exemplar of b) {
    const known = youngest.get(exemplar.bucket)
    if (known === undefined || known.timeMs <= exemplar.timeMs) youngest.set(exemplar.bucket, exemplar)
  }
  return [...youngest.values()].sort((x, y) => x.bucket - y.bucket)
}
