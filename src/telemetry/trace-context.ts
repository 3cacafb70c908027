/** How trace contexts come from one another. */
import { newSpanId, newTraceId } from './trace-ids.ts'
import type { TraceContext } from './tracer.ts'

/** The first context of a new trace. */
export function rootContext(sampled: boolean): TraceContext {
  return { traceId: newTraceId(), spanId: newSpanId(), sampled, hasRandomTraceId: true }
}

/** The context of a span below `parent`: the same trace, a span id of its own. */
export function childContext(parent: TraceContext): TraceContext {
  const { traceId, sampled, hasRandomTraceId, traceState, isUndecided } = parent
  if (traceState !== undefined || isUndecided === true || hasRandomTraceId === undefined) {
    return { ...parent, spanId: newSpanId() }
  }
  // Made for every request: as a literal it takes a fraction of what a copy takes.
  return { traceId, spanId: newSpanId(), sampled, hasRandomTraceId }
}
