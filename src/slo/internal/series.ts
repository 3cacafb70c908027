/**
 * Series: the names of what is recorded, and the expressions over the service's own metrics that it is recorded from.
 *
 *   slo:requests:rate5m   requests per second                 {service, slo}
 *   slo:errors:rate5m     bad ones among them; there whenever requests are
 *   slo:error_ratio:rate5m
 */
import { promDuration } from '../burn-window.ts'
import type { Objective } from '../objective.ts'

export const budgetRemaining = 'slo:error_budget_remaining:ratio'

export type Recorded = 'requests' | 'errors' | 'error_ratio'

export function recordedName(what: Recorded, seconds: number): string {
  return `slo:${what}:rate${promDuration(seconds)}`
}

/** The labels that all recorded series of an objective carry. */
export function labelsOf({ service, name }: Objective): { service: string; slo: string } {
  return { service, slo: name }
}

/** `{service="orders",slo="availability"}`. */
export function matcherOf({ service, name }: Objective): string {
  return `{service="${service}",slo="${name}"}`
}

export interface EventsQuery {
  readonly objective: Objective
  /** Matchers of the service's series, such as `job="orders"`. */
  readonly selector: string
  readonly seconds: number
  /** `rate` is per second, `increase` the number of events within the window. */
  readonly per: 'rate' | 'increase'
}

export function requestsExpr({ objective, selector, seconds, per }: EventsQuery): string {
  return sumOf(per, `${requestMetric(objective)}{${selector}}`, seconds)
}

/** What did not happen yet has no series; `or 0 * …` makes it 0, but only where there are requests. */
export function errorsExpr(query: EventsQuery): string {
  const { objective, selector, seconds, per } = query
  const { indicator } = objective
  const all = requestsExpr(query)
  if (indicator.kind === 'availability') {
    return `${sumOf(per, `http_requests_total{${selector},status=~"5.."}`, seconds)} or 0 * ${all}`
  }
  const bucket = `http_request_duration_seconds_bucket{${selector},${boundMatcher(indicator.boundSeconds)}}`
  return `clamp_min(${all} - ${sumOf(per, bucket, seconds)}, 0)`
}

function requestMetric({ indicator }: Objective): string {
  return indicator.kind === 'availability' ? 'http_requests_total' : 'http_request_duration_seconds_count'
}

function sumOf(per: EventsQuery['per'], series: string, seconds: number): string {
  return `sum(${per}(${series}[${promDuration(seconds)}]))`
}

/** Prometheus 3 stores a bound that is whole as `1.0`, Prometheus 2 as it was exposed: `1`. */
function boundMatcher(bound: number): string {
  return Number.isInteger(bound) ? `le=~"${bound}(\\\\.0)?"` : `le="${bound}"`
}
