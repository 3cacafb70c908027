/** The headers that continue a trace in another process, and the baggage of the running work. */
import { currentContext } from '../foundation/context/context.ts'
import { contextBaggage } from './baggage.ts'
import type { HeaderTarget, Propagator } from './propagation.ts'
import type { TraceContext } from './tracer.ts'

export function injectTrace(propagator: Propagator, context: TraceContext, into: HeaderTarget): void {
  propagator.inject(context, into)
  if (propagator.injectBaggage === undefined) return
  const baggage = currentContext()?.get(contextBaggage)
  if (baggage !== undefined) propagator.injectBaggage(baggage, into)
}
