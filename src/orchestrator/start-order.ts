/** The order in which services can start: whoever is needed first. Stopping goes through it backwards. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface Needing {
  readonly name: string
  readonly needs: readonly string[]
}

/**
 * Sorts so that each service stands behind those it needs; otherwise the declared order stays.
 *
 * @throws ServiceError `UNKNOWN_NEED` for a name that is not declared, `CIRCULAR_NEEDS` drawing the circle.
 */
export function startOrder<S extends Needing>(services: readonly S[]): S[] {
  const byName = new Map(services.map((service) => [service.name, service]))
  const sorted = new Set<S>()

  function place(service: S, path: readonly string[]): void {
    if (sorted.has(service)) return
    if (path.includes(service.name)) throw circularNeeds([...path.slice(path.indexOf(service.name)), service.name])
    for (const name of service.needs) {
      const needed = byName.get(name)
      if (needed === undefined) throw unknownNeed(service.name, name, [...byName.keys()])
      place(needed, [...path, service.name])
    }
    sorted.add(service)
  }

  for (const service of services) place(service, [])
  return [...sorted]
}

function circularNeeds(circle: readonly string[]): ServiceError {
  const drawing = circle.join(' → ')
  return new ServiceError(
    'CIRCULAR_NEEDS',
    `These services wait for one another and none could start: ${drawing}. Remove one arrow: only what must be ready before the start is a need.`,
  )
}

function unknownNeed(service: string, need: string, known: readonly string[]): ServiceError {
  return new ServiceError(
    'UNKNOWN_NEED',
    `Service '${service}' needs '${need}', which is not declared; declared are ${known.join(', ')}.`,
  )
}
