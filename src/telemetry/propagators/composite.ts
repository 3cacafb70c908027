/** Several formats at once: all are written; of those that are read, the last one that holds counts, as in OpenTelemetry. */
import { extractBaggage, injectBaggage } from '../baggage.ts'
import { type Propagator, w3cPropagator } from '../propagation.ts'
import type { TraceContext } from '../tracer.ts'

export function compositePropagator(propagators: readonly Propagator[]): Propagator {
  const [only] = propagators
  if (only !== undefined && propagators.length === 1) return only
  return {
    extract(from) {
      let found: TraceContext | undefined
      for (const propagator of propagators) found = propagator.extract(from) ?? found
      return found
    },
    inject(context, into) {
      for (const propagator of propagators) propagator.inject(context, into)
    },
  }
}

/** The same, and W3C baggage. */
export function withW3cBaggage({ extract, inject }: Propagator): Propagator {
  return { extract, inject, extractBaggage, injectBaggage }
}

/** W3C Trace Context and baggage: what everybody speaks who is told nothing else. */
export const defaultPropagator: Propagator = withW3cBaggage(w3cPropagator)
