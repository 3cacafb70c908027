/** Formats by the names that `OTEL_PROPAGATORS` has for them. */
import { type Propagator, w3cPropagator } from '../propagation.ts'
import { b3MultiPropagator, b3Propagator } from './b3.ts'
import { compositePropagator, withW3cBaggage } from './composite.ts'
import { jaegerPropagator } from './jaeger.ts'
import { otTracePropagator } from './ot-trace.ts'
import { xRayPropagator } from './x-ray.ts'

export type PropagatorName = 'tracecontext' | 'baggage' | 'b3' | 'b3multi' | 'jaeger' | 'xray' | 'ottrace' | 'none'

const byName: ReadonlyMap<string, Propagator> = new Map([
  ['tracecontext', w3cPropagator],
  ['b3', b3Propagator],
  ['b3multi', b3MultiPropagator],
  ['jaeger', jaegerPropagator],
  ['xray', xRayPropagator],
  ['ottrace', otTracePropagator],
])

/** What is written by them all and read by each; `onUnknown` is told of a name that none has. */
export function propagatorsNamed(names: readonly string[], onUnknown: (name: string) => void): Propagator {
  const wanted = [...new Set(names)].filter((name) => name !== 'none' && name !== '')
  for (const name of wanted) if (name !== 'baggage' && !byName.has(name)) onUnknown(name)
  const traces = compositePropagator(wanted.flatMap((name) => byName.get(name) ?? []))
  return wanted.includes('baggage') ? withW3cBaggage(traces) : traces
}
