/** The objectives in a health report: the part `slo` has them, one to a name. */
import type { HealthReportView } from '../contract/services.ts'
import type { ObjectiveView } from '../contract/slo.ts'

export function objectivesIn(service: string, report: HealthReportView | null): ObjectiveView[] {
  const { details = {}, error = '' } = report?.components.slo ?? {}
  return Object.entries(details).flatMap(([objective, budget]): ObjectiveView[] => {
    if (typeof budget !== 'object' || budget === null) return []
    const { target, requests, failures, remaining, burnRates } = budget as Partial<ObjectiveView>
    if (target === undefined || remaining === undefined) return []
    return [
      {
        service,
        objective,
        target,
        requests: requests ?? 0,
        failures: failures ?? 0,
        remaining,
        burnRates: burnRates ?? {},
        isBurning: error.split(/[ ,]/).includes(objective),
      },
    ]
  })
}
