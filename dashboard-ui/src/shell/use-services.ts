/** Services as they are now: listed once, then kept fresh by each event about one of them. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { ServiceView } from '../../../src/dashboard/contract/services.ts'
import { api } from '../api/api.ts'
import { useResource } from '../api/use-resource.ts'
import { onEvent } from '../live/live-events.ts'
import { reserveColors } from '../theme/series-color.ts'

const seldomMs = 15_000
const oftenMs = 4_000

export function useServices(): readonly ServiceView[] {
  return useServiceList(seldomMs).services
}

/** `everyMs`: how often the figures are renewed; the states come by themselves. */
export function useServiceList(everyMs = oftenMs) {
  const resource = useResource('services', (signal) => api.listServices(undefined, { signal }), { everyMs })
  const [changes, setChanges] = useState<ReadonlyMap<string, ServiceView>>(new Map())
  useEffect(
    () => onEvent('service', ({ service }) => setChanges((before) => new Map(before).set(service.name, service))),
    [],
  )
  // What was listed is newer than the changes before it.
  useEffect(() => setChanges(new Map()), [resource.value])
  const services = useMemo(() => merged(resource.value?.services ?? [], changes), [resource.value, changes])
  reserveColors(services.map(({ name }) => name))
  return { ...resource, services }
}

function merged(listed: readonly ServiceView[], changes: ReadonlyMap<string, ServiceView>): ServiceView[] {
  const byName = new Map([...listed.map((service) => [service.name, service] as const), ...changes])
  return [...byName.values()].toSorted((a, b) => a.name.localeCompare(b.name))
}
