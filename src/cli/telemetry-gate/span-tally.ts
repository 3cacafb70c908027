/** SpanTally: how many different spans of each trace have arrived. */
import type { SeenSpan } from './span-ids.ts'

export interface TraceTally {
  readonly traceId: string
  readonly spans: number
  /** Whether the trace begins with a request whose caller has sent no trace. */
  readonly isOwn: boolean
}

const serverKind = 2

export class SpanTally {
  readonly #traces = new Map<string, { readonly spans: Set<string>; isOwn: boolean }>()

  /** A span that arrives again, as after a lost answer, counts once. */
  add({ traceId, spanId, parentSpanId, kind }: SeenSpan): void {
    const trace = this.#traces.get(traceId) ?? { spans: new Set(), isOwn: false }
    this.#traces.set(traceId, trace)
    trace.spans.add(spanId)
    if (kind === serverKind && parentSpanId === '') trace.isOwn = true
  }

  get traces(): TraceTally[] {
    return Array.from(this.#traces, ([traceId, { spans, isOwn }]) => ({ traceId, spans: spans.size, isOwn }))
  }
}
