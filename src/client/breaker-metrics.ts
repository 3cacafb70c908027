/**
 * What the breakers in front of a service do, as gauges.
 *
 *   client_breaker_state{upstream,operation,state}       1 for the state it is in, 0 for the others
 *   client_breaker_refusing_ratio{upstream,operation}    share of the calls that would be refused now: 1 while it is open
 */
import type { AdaptiveBreakerView } from '../resilience/adaptive-breaker.ts'
import type { BreakerView } from '../resilience/breaker.ts'
import type { Meter } from '../telemetry/meter.ts'

export type AnyBreakerView = BreakerView | AdaptiveBreakerView

const states = ['closed', 'half_open', 'open', 'throttling'] as const

interface Reading {
  readonly state: (typeof states)[number]
  readonly refusing: number
}

export function measureBreakers(meter: Meter, upstream: string, read: () => readonly AnyBreakerView[]): void {
  // One that has been idle for long is forgotten by its policy: it lets everything pass, as a new one does.
  const known = new Map<string, Reading>()
  function refresh(): ReadonlyMap<string, Reading> {
    for (const operation of known.keys()) known.set(operation, { state: 'closed', refusing: 0 })
    for (const view of read()) known.set(view.key, worse(known.get(view.key), readingOf(view)))
    return known
  }
  meter.gauge({
    name: 'client_breaker_state',
    help: 'Breakers of calls to other services, by service, operation and state; 1 for the state that it is in.',
    labels: ['upstream', 'operation', 'state'],
    collect(gauge) {
      for (const [operation, reading] of refresh()) {
        for (const state of states) gauge.labels({ upstream, operation, state }).set(state === reading.state ? 1 : 0)
      }
    },
  })
  meter.gauge({
    name: 'client_breaker_refusing_ratio',
    help: 'Share of the calls to other services that their breaker would refuse now, by service and operation.',
    labels: ['upstream', 'operation'],
    aggregation: 'max',
    collect(gauge) {
      for (const [operation, { refusing }] of refresh()) gauge.labels({ upstream, operation }).set(refusing)
    },
  })
}

function readingOf(view: AnyBreakerView): Reading {
  if ('refusing' in view) return { state: view.refusing > 0 ? 'throttling' : 'closed', refusing: view.refusing }
  if (view.state === 'half-open') return { state: 'half_open', refusing: 0 }
  const isOpen = view.state === 'open' || view.state === 'forced-open'
  return isOpen ? { state: 'open', refusing: 1 } : { state: 'closed', refusing: 0 }
}

/** Where two breakers stand in front of one operation, a call must pass both. */
function worse(known: Reading | undefined, found: Reading): Reading {
  return known === undefined || found.refusing >= known.refusing ? found : known
}
