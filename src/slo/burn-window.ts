/**
 * BurnWindow: how quickly the error budget may burn, and over how long that is watched.
 *
 *   burn rate 1     the budget of 30 days lasts 30 days            ratio of bad requests = budget
 *   burn rate 14.4  2 % of it are gone within an hour              ratio of bad requests = 14.4 × budget
 *
 * An alert fires while the ratio is too high over the long window *and* over the short one: the long one keeps a blip from
 * alarming, the short one ends the alarm soon after the fault. Source: The Site Reliability Workbook (Google, 2018), chapter
 * 5, "Multiwindow, Multi-Burn-Rate Alerts".
 */
import { type Objective, tidy } from './objective.ts'

export interface BurnWindow {
  /** `page` wakes somebody up, `ticket` waits for the morning. */
  readonly severity: Severity
  readonly burnRate: number
  readonly longSeconds: number
  readonly shortSeconds: number
}

export type Severity = 'page' | 'ticket'

const minute = 60
const hour = 60 * minute
const day = 24 * hour

/** The period that a budget is for: 30 days. */
export const periodSeconds: number = 30 * day

/** Of the budget of 30 days, these are 2 % in 1 h, 5 % in 6 h, 10 % in 1 d and 10 % in 3 d. */
export const burnWindows: readonly BurnWindow[] = [
  { severity: 'page', burnRate: 14.4, longSeconds: hour, shortSeconds: 5 * minute },
  { severity: 'page', burnRate: 6, longSeconds: 6 * hour, shortSeconds: 30 * minute },
  { severity: 'ticket', burnRate: 3, longSeconds: day, shortSeconds: 2 * hour },
  { severity: 'ticket', burnRate: 1, longSeconds: 3 * day, shortSeconds: 6 * hour },
]

/** Bad requests over the long window below which no verdict is made of them: they may be chance. */
export const defaultMinFailures = 5

/** Ratio of bad requests above which the budget burns too quickly. */
export function thresholdOf({ burnRate }: BurnWindow, { budget }: Objective): number {
  return tidy(burnRate * budget)
}

/** Half of all requests may be slower than a p50: then even all of them burn no quicker than 2. */
export function isReachable(window: BurnWindow, objective: Objective): boolean {
  return thresholdOf(window, objective) < 1
}

/** Every window that is looked at, in seconds, ascending and each once. */
export function windowSeconds(windows: readonly BurnWindow[]): number[] {
  const all = windows.flatMap(({ longSeconds, shortSeconds }) => [shortSeconds, longSeconds])
  return [...new Set(all)].sort((a, b) => a - b)
}

/** As PromQL writes it, in the largest unit that divides it: `5m`, `1h`, `3d`. */
export function promDuration(seconds: number): string {
  const units = [
    [day, 'd'],
    [hour, 'h'],
    [minute, 'm'],
    [1, 's'],
  ] as const
  const [size, unit] = units.find(([length]) => seconds % length === 0) ?? ([0.001, 'ms'] as const)
  return `${tidy(seconds / size)}${unit}`
}
