/**
 * OpenTracing's headers, as OpenTelemetry's `ottrace` reads and writes them.
 *
 *   ot-tracer-traceid: 16 or 32 digits   ot-tracer-spanid: 16 digits   ot-tracer-sampled: true, false, 1, 0
 *
 * Written are the right 16 digits of the trace id: OpenTracing knew no more. Baggage (`ot-baggage-…`) is not read.
 */
import type { Propagator } from '../propagation.ts'
import { spanIdFrom, traceIdFrom } from './foreign-ids.ts'

export const otTracePropagator: Propagator = {
  extract(from) {
    const trace = from.header('ot-tracer-traceid') ?? ''
    const span = from.header('ot-tracer-spanid') ?? ''
    const sampled = from.header('ot-tracer-sampled')
    const traceId = trace.length === 16 || trace.length === 32 ? traceIdFrom(trace) : undefined
    const spanId = span.length === 16 ? spanIdFrom(span) : undefined
    if (traceId === undefined || spanId === undefined) return undefined
    if (sampled === undefined) return { traceId, spanId, sampled: false, isUndecided: true }
    return { traceId, spanId, sampled: sampled === '1' || sampled.toLowerCase() === 'true' }
  },
  inject({ traceId, spanId, sampled, isUndecided }, into) {
    into.set('ot-tracer-traceid', traceId.slice(16))
    into.set('ot-tracer-spanid', spanId)
    if (!isUndecided) into.set('ot-tracer-sampled', String(sampled))
  },
}
