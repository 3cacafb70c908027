/**
 * replay: whether a definition still makes of a recorded history what it made when it was recorded. For tests of a change to a saga
 * whose instances are under way.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { History, HistoryEntry } from './history.ts'
import { plan } from './plan.ts'
import type { Saga } from './saga.ts'

/** @throws ServiceError `SAGA_CHANGED` with the place where the definition decides otherwise. */
export function replay(saga: Pick<Saga, 'name' | 'version' | 'stages'>, history: History): void {
  history.forEach((entry, index) => {
    if (follows(saga, history.slice(0, index), entry)) return
    const step = 'step' in entry ? ` of '${entry.step}'` : ''
    throw new ServiceError(
      'SAGA_CHANGED',
      `${saga.name} version ${saga.version} does not make of a recorded history what was made of it: entry ${index + 1}, '${entry.kind}'${step}, would not come. Give the changed saga a new version.`,
    )
  })
}

/** Ends of what began follow from the world; what begins, and what turns, follows from the definition. */
function follows(saga: Pick<Saga, 'stages'>, before: History, entry: HistoryEntry): boolean {
  const decision = plan(saga, before)
  if (entry.kind === 'begun')
    return decision.kind === 'run' && decision.steps.some(({ step }) => step.name === entry.step)
  if (entry.kind === 'undo begun') return decision.kind === 'undo' && decision.step.name === entry.step
  if (entry.kind === 'turned')
    return decision.kind === 'turn' || entry.code === 'SAGA_CANCELLED' || entry.code === 'DEADLINE_EXCEEDED'
  return before.some((earlier) => 'step' in earlier && earlier.step === entry.step)
}
