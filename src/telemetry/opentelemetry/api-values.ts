/** Attributes, links and contexts from one vocabulary to the other. */
import type * as api from '@opentelemetry/api'
import type { SpanAttributes, SpanLink, TraceContext } from '../tracer.ts'

/** What ours cannot hold (`null` in a list, nested values) is left out when it is set. */
export function toSpanAttributes(attributes: api.Attributes | undefined): SpanAttributes {
  return (attributes ?? {}) as SpanAttributes
}

export function toSpanLink({ context, attributes }: api.Link): SpanLink {
  return { context: toTraceContext(context), attributes: toSpanAttributes(attributes) }
}

export function toTraceContext({ traceId, spanId, traceFlags, traceState }: api.SpanContext): TraceContext {
  const ids = { traceId, spanId, sampled: (traceFlags & 1) !== 0, hasRandomTraceId: (traceFlags & 2) !== 0 }
  const text = traceState?.serialize() ?? ''
  return text === '' ? ids : { ...ids, traceState: text }
}

/** The API wants a list that can be changed; ours is a header that is passed on. */
export function formatTraceState(text: string): api.TraceState {
  const members = text.split(',').map((member) => {
    const at = member.indexOf('=')
    return [member.slice(0, at), member.slice(at + 1)] as const
  })
  return traceStateOf(members)
}

type Members = readonly (readonly [string, string])[]

function traceStateOf(members: Members): api.TraceState {
  const without = (name: string): Members => members.filter(([key]) => key !== name)
  return {
    get: (name) => members.find(([key]) => key === name)?.[1],
    // W3C: what is changed moves to the front.
    set: (name, value) => traceStateOf([[name, value], ...without(name)]),
    unset: (name) => traceStateOf(without(name)),
    serialize: () => members.map(([name, value]) => `${name}=${value}`).join(),
  }
}
