/**
 * The objectives of a service, as its admin port tells them at `/slo`; a service that was built with an older version may leave
 * something out.
 */
import type { SloView } from '../../slo/slo-view.ts'
import type { ObjectiveView } from '../contract/slo.ts'

export function objectivesIn(service: string, view: SloView | null): ObjectiveView[] {
  return (view?.objectives ?? []).flatMap((budget): ObjectiveView[] => {
    const { objective, target, requests = 0, failures = 0, remaining, burnRates = {}, isBurning } = budget
    if (typeof objective !== 'string' || target === undefined || remaining === undefined) return []
    return [{ service, objective, target, requests, failures, remaining, burnRates, isBurning: isBurning === true }]
  })
}
