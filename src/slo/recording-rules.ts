/**
 * Recording rules: the service's metrics as ratios of bad requests, over every window that an alert looks at.
 *
 *   http_requests_total ─rate─▶ slo:requests:rate5m, slo:errors:rate5m ─÷─▶ slo:error_ratio:rate5m      up to 6 h
 *                                         └────────sum_over_time────────▶ slo:error_ratio:rate3d       longer ones
 *                                                                         └▶ slo:error_budget_remaining:ratio
 *
 * Windows of days are summed from what was recorded: reading every raw series over three days is what makes a Prometheus
 * slow. Requests and bad ones are summed each for itself, so that the ratio weighs requests, not minutes.
 */
import { type BurnWindow, burnWindows, periodSeconds, promDuration, windowSeconds } from './burn-window.ts'
import {
  budgetRemaining,
  errorsExpr,
  labelsOf,
  matcherOf,
  type Recorded,
  recordedName,
  requestsExpr,
} from './internal/series.ts'
import { type Objective, type ObjectiveOptions, objectivesOf } from './objective.ts'
import type { RecordingRule, RuleGroup } from './rule.ts'
import type { SloDeclaration } from './slo-declaration.ts'

export interface RuleOptions extends ObjectiveOptions {
  /** Matchers of the service's series; default `job="NAME"`. */
  readonly selector?: string
  /** Default `burnWindows`. */
  readonly windows?: readonly BurnWindow[]
}

/** Longest window that is read from raw series. */
const rawSeconds = 6 * 3_600

/** Groups of rules: two for each objective, and rate, errors and duration of every route. */
export function recordingRules(declaration: SloDeclaration, options: RuleOptions = {}): RuleGroup[] {
  const { selector = `job="${declaration.name}"`, windows = burnWindows } = options
  const lengths = windowSeconds(windows)
  const groups = objectivesOf(declaration, options).flatMap((objective) => [
    rawGroup(objective, selector, lengths),
    periodGroup(objective, lengths),
  ])
  return [...groups, routeGroup(declaration.name, selector)]
}

function rawGroup(objective: Objective, selector: string, lengths: readonly number[]): RuleGroup {
  const rules = lengths
    .filter((seconds) => seconds <= rawSeconds)
    .flatMap((seconds) => {
      const query = { objective, selector, seconds, per: 'rate' } as const
      return rulesOf(objective, seconds, { requests: requestsExpr(query), errors: errorsExpr(query) })
    })
  return { name: `slo:${objective.service}:${objective.name}`, rules }
}

/** Evaluated less often: what looks back over days changes slowly. Beyond 5 minutes its series would be stale in between. */
function periodGroup(objective: Objective, lengths: readonly number[]): RuleGroup {
  const shortest = lengths[0] ?? 300
  // A step as long as the shortest window tiles the long one, and what is not there counts nothing. An average would not do:
  // it takes the only hour of a young service for three days of the same.
  const over = (what: Recorded, seconds: number): string => {
    const steps = `[${promDuration(seconds)}:${promDuration(shortest)}]`
    return `sum_over_time(${recordedName(what, shortest)}${matcherOf(objective)}${steps}) * ${shortest} / ${seconds}`
  }
  const rules = [...lengths.filter((seconds) => seconds > rawSeconds), periodSeconds].flatMap((seconds) =>
    rulesOf(objective, seconds, { requests: over('requests', seconds), errors: over('errors', seconds) }),
  )
  const ratio = `${recordedName('error_ratio', periodSeconds)}${matcherOf(objective)}`
  const remaining = {
    record: budgetRemaining,
    expr: `1 - ${ratio} / ${objective.budget}`,
    labels: labelsOf(objective),
  }
  return { name: `slo:${objective.service}:${objective.name}:period`, interval: '2m', rules: [...rules, remaining] }
}

function rulesOf(
  objective: Objective,
  seconds: number,
  { requests, errors }: { requests: string; errors: string },
): RecordingRule[] {
  const labels = labelsOf(objective)
  const of = (what: Recorded): string => `${recordedName(what, seconds)}${matcherOf(objective)}`
  return [
    { record: recordedName('requests', seconds), expr: requests, labels },
    { record: recordedName('errors', seconds), expr: errors, labels },
    // Without requests there is no ratio: nothing is better than NaN, which spreads.
    { record: recordedName('error_ratio', seconds), expr: `${of('errors')} / (${of('requests')} > 0)`, labels },
  ]
}

function routeGroup(service: string, selector: string): RuleGroup {
  const rate = (series: string, by: string): string => `sum by (${by}) (rate(${series}[5m]))`
  const all = rate(`http_requests_total{${selector}}`, 'method, route')
  const failed = rate(`http_requests_total{${selector},status=~"5.."}`, 'method, route')
  const slow = rate(`http_request_duration_seconds_bucket{${selector}}`, 'method, route, le')
  const labels = { service }
  const rules = [
    { record: 'route:http_requests:rate5m', expr: all, labels },
    { record: 'route:http_errors:rate5m', expr: `${failed} or 0 * ${all}`, labels },
    { record: 'route:http_request_duration_seconds:p99_rate5m', expr: `histogram_quantile(0.99, ${slow})`, labels },
  ]
  return { name: `slo:${service}:routes`, rules }
}
