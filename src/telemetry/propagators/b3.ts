/**
 * B3, Zipkin's headers. Both forms are read, whichever is written; one header goes before several.
 *
 *   b3: {trace id}-{span id}-{1, 0, d}-{parent span id}      the last two may be missing; `b3: 0` alone says «do not keep»
 *
 *   x-b3-traceid  x-b3-spanid  x-b3-sampled: 1, 0  x-b3-flags: 1 (debug)      x-b3-parentspanid is not needed
 *
 * Source: openzipkin/b3-propagation. A trace id of 64 bits is the right half of ours. Without a sampling state the decision
 * is left to us.
 */
import type { HeaderSource, Propagator } from '../propagation.ts'
import { rootContext } from '../trace-context.ts'
import type { TraceContext } from '../tracer.ts'
import { spanIdFrom, traceIdFrom } from './foreign-ids.ts'

const singleForm = /^([\da-f]{32}|[\da-f]{16})-([\da-f]{16})(?:-([01d])(?:-[\da-f]{16})?)?$/i

/** Writes the one header. */
export const b3Propagator: Propagator = {
  extract: extractB3,
  inject(context, into) {
    into.set('b3', `${context.traceId}-${context.spanId}${context.isUndecided ? '' : `-${sampledDigit(context)}`}`)
  },
}

/** Writes the `x-b3-` headers. */
export const b3MultiPropagator: Propagator = {
  extract: extractB3,
  inject(context, into) {
    into.set('x-b3-traceid', context.traceId)
    into.set('x-b3-spanid', context.spanId)
    if (!context.isUndecided) into.set('x-b3-sampled', sampledDigit(context))
  },
}

function sampledDigit({ sampled }: TraceContext): string {
  return sampled ? '1' : '0'
}

function extractB3(from: HeaderSource): TraceContext | undefined {
  const single = from.header('b3')
  return (single === undefined ? undefined : fromSingle(single)) ?? fromSeveral(from)
}

function fromSingle(text: string): TraceContext | undefined {
  if (text === '0') return rootContext(false)
  const parts = singleForm.exec(text)
  return parts === null ? undefined : contextFrom(parts[1], parts[2], parts[3])
}

function fromSeveral(from: HeaderSource): TraceContext | undefined {
  const state = from.header('x-b3-flags') === '1' ? 'd' : from.header('x-b3-sampled')
  const traceId = from.header('x-b3-traceid')
  if (traceId === undefined) return state === '0' || state === 'false' ? rootContext(false) : undefined
  if (!/^(?:[\da-f]{32}|[\da-f]{16})$/i.test(traceId)) return undefined
  return contextFrom(traceId, from.header('x-b3-spanid'), state)
}

function contextFrom(trace = '', span = '', state: string | undefined): TraceContext | undefined {
  const traceId = traceIdFrom(trace)
  const spanId = span.length === 16 ? spanIdFrom(span) : undefined
  if (traceId === undefined || spanId === undefined) return undefined
  switch (state?.toLowerCase()) {
    case '1':
    case 'd':
    case 'true':
      return { traceId, spanId, sampled: true }
    case '0':
    case 'false':
      return { traceId, spanId, sampled: false }
    default:
      return { traceId, spanId, sampled: false, isUndecided: true }
  }
}
