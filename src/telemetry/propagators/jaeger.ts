/**
 * Jaeger's header.
 *
 *   uber-trace-id: {trace id}:{span id}:{parent span id}:{flags}      flags: 1 sampled, 2 debug, in hex
 *
 * Ids may lack their leading zeros, and the colons may be percent-encoded. Source: Jaeger's client library features.
 */
import type { Propagator } from '../propagation.ts'
import { spanIdFrom, traceIdFrom } from './foreign-ids.ts'

const header = 'uber-trace-id'
const form = /^([\da-f]{1,32}):([\da-f]{1,16}):[\da-f]{0,16}:([\da-f]{1,2})$/i
/** Both mean that it is kept. */
const sampledOrDebug = 0x03

export const jaegerPropagator: Propagator = {
  extract(from) {
    const text = from.header(header)
    const parts = text === undefined ? null : form.exec(text.replace(/%3a/gi, ':'))
    if (parts === null) return undefined
    const [, trace = '', span = '', flags = ''] = parts
    const traceId = traceIdFrom(trace)
    const spanId = spanIdFrom(span)
    if (traceId === undefined || spanId === undefined) return undefined
    return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & sampledOrDebug) !== 0 }
  },
  inject({ traceId, spanId, sampled }, into) {
    into.set(header, `${traceId}:${spanId}:0:${sampled ? '1' : '0'}`)
  },
}
