/** How trace contexts come from one another. */
import { newSpanId, newTraceId } from './trace-ids.ts'
import type { TraceContext } from './tracer.ts'

/** The first context of a new trace. */
export function rootContext(sampled: boolean): TraceContext {
  return { traceId: newTraceId(), spanId: newSpanId(), sampled, hasRandomTraceId: true }
}

/** The context of a span below `parent`: the same trace, a span id of its own. */
export function childContext(parent: TraceContext): TraceContext {
  return { ...parent, spanId: newSpanId() }
}
