/** Policy events as metrics: one counter for all policies. `onion.onEvent(recordEvents(meter))` */
import type { Meter } from '../telemetry/meter.ts'
import type { PolicyEvent, PolicyListener } from './policy-event.ts'

/** Counts `resilience_events_total` by policy, name and event. Keys are no labels: callers make them up. */
export function recordEvents(meter: Meter): PolicyListener {
  const events = meter.counter({
    name: 'resilience_events_total',
    help: 'What policies did besides letting calls pass, by policy, its name and what it did.',
    labels: ['policy', 'name', 'event'],
  })
  return ({ policy, name, kind }: PolicyEvent) => events.labels({ policy, name, event: kind }).add()
}
