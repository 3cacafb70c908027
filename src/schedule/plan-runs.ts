/**
 * planRuns: what a job's holder does now. No clock, no store: what is known goes in, what is to be done comes out.
 *
 *   runs that began and did not end ─▶ again │ lost (begun too often)
 *   ticks that came                 ─▶ run: the last one if it is on time, missed ones as the policy says │ passed
 */
import type { MissedPolicy } from './job-options.ts'
import type { OpenRun } from './schedule-store.ts'

export interface RunQuestion {
  /** Begun under an earlier token, and not ended. */
  readonly open: readonly OpenRun[]
  /** Ascending; nobody has decided on them. */
  readonly due: readonly number[]
  readonly nowMs: number
  readonly graceMs: number
  readonly missed: MissedPolicy
  readonly restarts: number
  /** Whether the last tick waited for a run before it, so that it runs whatever its age. */
  readonly isQueued?: boolean
}

export interface RunPlan {
  readonly again: readonly OpenRun[]
  readonly lost: readonly OpenRun[]
  /** Ascending. */
  readonly run: readonly number[]
  /** Ascending; all before those that run, or all there are. */
  readonly passed: readonly number[]
}

export function planRuns(question: RunQuestion): RunPlan {
  const { open, due, restarts } = question
  const count = Math.min(due.length, runCount(question))
  return {
    again: open.filter(({ attempt }) => attempt <= restarts),
    lost: open.filter(({ attempt }) => attempt > restarts),
    run: due.slice(due.length - count),
    passed: due.slice(0, due.length - count),
  }
}

function runCount({ due, nowMs, graceMs, missed, isQueued = false }: RunQuestion): number {
  const last = due.at(-1)
  if (last === undefined) return 0
  if (typeof missed === 'object') return Math.floor(missed.atMost)
  if (missed === 'once' || isQueued) return 1
  return nowMs - last <= graceMs ? 1 : 0
}
