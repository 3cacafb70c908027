/**
 * Error budget: how much of what may go wrong has gone wrong, from counts that only grow.
 *
 *   samples   ├──────────┼──────────┼─────┤ now          burn rate over a window = ratio of bad ones in it ÷ budget
 *             start      └── 1 h ─────────┘              remaining               = 1 − ratio since the start ÷ budget
 */
import type { BurnWindow } from './burn-window.ts'
import { isReachable, promDuration } from './burn-window.ts'
import type { EventCounts } from './event-counts.ts'
import { type Objective, tidy } from './objective.ts'

/** Cumulative counts at one moment. */
export interface BudgetSample extends EventCounts {
  /** Monotonic, in milliseconds. */
  readonly atMs: number
}

export interface ErrorBudget extends EventCounts {
  readonly objective: string
  readonly target: number
  /** Share of the budget that is left of what the requests since the first sample brought; below 0 when overspent. */
  readonly remaining: number
  /** By window, such as `5m`; 1 spends exactly the budget. While less time has passed, since the first sample. */
  readonly burnRates: Readonly<Record<string, number>>
}

/**
 * @param samples Ascending in time; the last one is now.
 * @param windows In seconds.
 */
export function errorBudget(
  samples: readonly BudgetSample[],
  objective: Objective,
  windows: readonly number[] = [300, 3_600],
): ErrorBudget {
  const { requests, failures } = since(samples, Number.POSITIVE_INFINITY)
  const burnRates = windows.map((seconds) => [promDuration(seconds), burnRate(since(samples, seconds), objective)])
  return {
    objective: objective.name,
    target: objective.target,
    requests,
    failures,
    remaining: fourDigits(1 - burnRate({ requests, failures }, objective)),
    burnRates: Object.fromEntries(burnRates),
  }
}

/** Ratio of bad requests in units of the budget; 0 without requests. */
export function burnRate({ requests, failures }: EventCounts, { budget }: Objective): number {
  return requests > 0 ? fourDigits(failures / requests / budget) : 0
}

/** The same of a ratio of bad requests. */
export function burnRateOf(ratio: number, { budget }: Objective): number {
  return fourDigits(ratio / budget)
}

/** Whether the budget burns too quickly in this window: the condition of the alert, over the samples of one process. */
export function burnsFast(
  samples: readonly BudgetSample[],
  objective: Objective,
  { window, minFailures }: { window: BurnWindow; minFailures: number },
): boolean {
  if (!isReachable(window, objective)) return false
  const long = since(samples, window.longSeconds)
  const short = since(samples, window.shortSeconds)
  const isFast = (counts: EventCounts): boolean => burnRate(counts, objective) > window.burnRate
  return isFast(long) && isFast(short) && long.failures >= minFailures
}

/** What was counted within the last `seconds`, or since the first sample where that is less. */
function since(samples: readonly BudgetSample[], seconds: number): EventCounts {
  const last = samples.at(-1)
  if (last === undefined) return { requests: 0, failures: 0 }
  const fromMs = last.atMs - seconds * 1_000
  const first = samples.findLast(({ atMs }) => atMs <= fromMs) ?? samples[0] ?? last
  return { requests: last.requests - first.requests, failures: last.failures - first.failures }
}

function fourDigits(value: number): number {
  return tidy(Math.round(value * 10_000) / 10_000)
}
