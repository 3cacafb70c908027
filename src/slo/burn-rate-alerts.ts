/**
 * Burn-rate alerts: somebody is told when the error budget goes too quickly, and how urgent that is.
 *
 *   SloBudgetBurnsFast    page     14.4x over 1 h and 5 m   or   6x over 6 h and 30 m
 *   SloBudgetBurnsSlowly  ticket   3x over 1 d and 2 h      or   1x over 3 d and 6 h
 *
 * With few requests a single failure is a high ratio; so bad requests must also be at least `minFailures` over the long
 * window. The expressions read what `recordingRules` record.
 */
import {
  type BurnWindow,
  burnWindows,
  defaultMinFailures,
  isReachable,
  promDuration,
  type Severity,
  thresholdOf,
} from './burn-window.ts'
import { labelsOf, matcherOf, type Recorded, recordedName } from './internal/series.ts'
import { describeObjective, type Objective, objectivesOf } from './objective.ts'
import type { RuleOptions } from './recording-rules.ts'
import type { AlertingRule, RuleGroup } from './rule.ts'
import type { SloDeclaration } from './slo-declaration.ts'

export interface AlertOptions extends RuleOptions {
  /**
   * Bad requests over the long window below which nothing fires; default 5. At 1 the only failure of a quiet night wakes
   * somebody up; far above what a bad hour brings, nothing ever fires.
   */
  readonly minFailures?: number
}

const alertNames: Readonly<Record<Severity, string>> = { page: 'SloBudgetBurnsFast', ticket: 'SloBudgetBurnsSlowly' }

/** One group with at most two alerts for each objective; no group where nothing is promised. */
export function burnRateAlerts(declaration: SloDeclaration, options: AlertOptions = {}): RuleGroup[] {
  const { windows = burnWindows, minFailures = defaultMinFailures } = options
  const rules = objectivesOf(declaration, options).flatMap((objective) =>
    (['page', 'ticket'] as const).flatMap((severity) => {
      const watched = windows.filter((window) => window.severity === severity && isReachable(window, objective))
      return watched.length === 0 ? [] : [alertOf(objective, watched, minFailures)]
    }),
  )
  return rules.length === 0 ? [] : [{ name: `slo:${declaration.name}:alerts`, rules }]
}

function alertOf(objective: Objective, windows: readonly BurnWindow[], minFailures: number): AlertingRule {
  const severity = windows[0]?.severity ?? 'ticket'
  const { service, name } = objective
  const seen = windows.map(({ burnRate, longSeconds }) => `${burnRate}x over ${promDuration(longSeconds)}`).join(' or ')
  return {
    alert: alertNames[severity],
    expr: windows.map((window) => conditionOf(objective, window, minFailures)).join(' or '),
    labels: { severity, ...labelsOf(objective) },
    annotations: {
      summary: `${service}: the error budget of ${name} burns ${severity === 'page' ? 'fast' : 'slowly'}`,
      description: `{{ $value | humanizePercentage }} of requests are bad. Promised: ${describeObjective(objective)}. The budget of 30 days burns at more than ${seen}.`,
    },
  }
}

/** The ratio over the long window comes first: it becomes the alert's value. */
function conditionOf(objective: Objective, window: BurnWindow, minFailures: number): string {
  const { longSeconds, shortSeconds } = window
  const threshold = thresholdOf(window, objective)
  const of = (what: Recorded, seconds: number): string => `${recordedName(what, seconds)}${matcherOf(objective)}`
  return [
    `(${of('error_ratio', longSeconds)} > ${threshold}`,
    `and ${of('error_ratio', shortSeconds)} > ${threshold}`,
    `and ${of('errors', longSeconds)} * ${longSeconds} >= ${minFailures})`,
  ].join(' ')
}
