/** SLO: what was promised, how much of the error budget is left, and how fast it burns. */
import { get } from '../../api/define-api.ts'
import { answer } from '../../schema/shape.ts'
import type { Get } from './operations.ts'

export interface ObjectiveView {
  readonly service: string
  /** Such as `availability` or `latency-p99`. */
  readonly objective: string
  /** Share of requests that must be good, such as 0.999. */
  readonly target: number
  readonly requests: number
  readonly failures: number
  /** Share of the budget that is left; below 0 when overspent. Since the service's process started. */
  readonly remaining: number
  /** By window, such as `5m`; 1 spends exactly the budget. */
  readonly burnRates: Readonly<Record<string, number>>
  /** Whether an alert that pages would fire. */
  readonly isBurning: boolean
}

export type SloApi = {
  readonly listObjectives: Get<'/api/slo', { readonly objectives: readonly ObjectiveView[] }>
}

export const sloApi: SloApi = {
  listObjectives: get('/api/slo', { responses: { 200: answer() } }),
}
