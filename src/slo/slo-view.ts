/**
 * SloView: what a service promised, how much of the error budget is left and how fast it burns, as plain JSON: what the
 * admin port answers at `/slo`, the dashboard shows and a gate may read.
 */
import type { ErrorBudget } from './error-budget.ts'
import type { PeriodBudget } from './prometheus-source.ts'

export interface SloView {
  readonly service: string
  /** When the counting began, ISO 8601; absent where nothing is promised. */
  readonly since?: string
  /** From the service's own numbers since then; empty where nothing is promised. */
  readonly objectives: readonly ObjectiveView[]
  /** Over the period, from all processes, where a Prometheus is configured. */
  readonly prometheus?: PrometheusView
}

export interface ObjectiveView extends ErrorBudget {
  /** For people: `99.9 % of requests not answered with 5xx`. */
  readonly description: string
  /** Whether an alert that pages would fire if all processes were like this one. */
  readonly isBurning: boolean
}

export type PrometheusView =
  | { readonly url: string; readonly objectives: readonly PeriodBudget[] }
  /** It could not be asked. */
  | { readonly url: string; readonly error: string }
