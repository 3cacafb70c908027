/**
 * Gate: may a release go on? A verdict with reasons, from the numbers that the alerts are made of.
 *
 *   for each objective   budget of the period spent ─────────────────────▶ fail
 *                        burns faster than allowed ─▶ enough failures? ──▶ fail, else undecided
 *                        enough requests? ───────────────────────────────▶ pass, else undecided
 *
 *   fail if one objective fails, else undecided if one is, else pass
 */
import { defaultMinFailures } from './burn-window.ts'
import { burnRate } from './error-budget.ts'
import type { EventCounts } from './event-counts.ts'
import type { Objective } from './objective.ts'

/** What was measured of one objective, over the time that the gate looks at. */
export interface SloReading extends EventCounts {
  readonly objective: string
  /** Share of the period's budget that is left, where it is known. */
  readonly budgetRemaining?: number
}

export interface GateOptions {
  /** Default 1: what is released may spend the budget, and not more. Below 1 failures of chance fail it. */
  readonly maxBurnRate?: number
  /** Requests below which nothing passes; default 100. */
  readonly minRequests?: number
  /** Bad requests below which nothing fails; default 5, as for alerts. */
  readonly minFailures?: number
}

export type Verdict = 'pass' | 'fail' | 'undecided'

export interface GateVerdict {
  readonly verdict: Verdict
  readonly objectives: readonly ObjectiveVerdict[]
}

export interface ObjectiveVerdict {
  readonly objective: string
  readonly verdict: Verdict
  readonly reason: string
}

/** Without an objective it is `undecided`: nothing was promised, so nothing was kept. */
export function gate(
  objectives: readonly Objective[],
  readings: readonly SloReading[],
  options: GateOptions = {},
): GateVerdict {
  const rows = objectives.map((objective): ObjectiveVerdict => {
    const reading = readings.find((candidate) => candidate.objective === objective.name)
    return { objective: objective.name, ...judge(objective, reading, options) }
  })
  return { verdict: worstOf(rows), objectives: rows }
}

function judge(
  objective: Objective,
  reading: SloReading | undefined,
  { maxBurnRate = 1, minRequests = 100, minFailures = defaultMinFailures }: GateOptions,
): Omit<ObjectiveVerdict, 'objective'> {
  if (reading === undefined) return { verdict: 'undecided', reason: 'nothing was measured' }
  if (!isCount(reading.requests) || !isCount(reading.failures)) {
    return { verdict: 'undecided', reason: 'what was measured are no counts' }
  }
  const { requests, failures, budgetRemaining = 1 } = reading
  if (budgetRemaining <= 0) return { verdict: 'fail', reason: 'the error budget of the period is spent' }
  const rate = burnRate(reading, objective)
  const told = `${count(failures)} of ${count(requests)} requests were bad: ${rate} times the budget, ${maxBurnRate} allowed`
  if (rate > maxBurnRate) {
    if (failures >= minFailures) return { verdict: 'fail', reason: told }
    return { verdict: 'undecided', reason: `${told}; fewer than ${minFailures} may be chance` }
  }
  if (requests >= minRequests) return { verdict: 'pass', reason: told }
  return { verdict: 'undecided', reason: `${told}; ${minRequests} requests are needed` }
}

function worstOf(rows: readonly ObjectiveVerdict[]): Verdict {
  if (rows.some(({ verdict }) => verdict === 'fail')) return 'fail'
  return rows.length === 0 || rows.some(({ verdict }) => verdict === 'undecided') ? 'undecided' : 'pass'
}

/** Prometheus extrapolates, so that its counts are not whole. */
function isCount(value: number): boolean {
  return Number.isFinite(value) && value >= 0
}

function count(value: number): string {
  return String(Math.round(value * 10) / 10)
}
