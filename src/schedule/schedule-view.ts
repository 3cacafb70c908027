/** ScheduleView: jobs, their next ticks and how their last runs ended, as JSON for dashboards. */
import type { MissedPolicy, OverlapPolicy } from './job-options.ts'
import type { RunOutcome, RunRecord } from './schedule-store.ts'

export interface ScheduleView {
  /** Whether processes share the runs. */
  readonly isShared: boolean
  readonly jobs: readonly JobView[]
}

export interface JobView {
  readonly name: string
  readonly cron: string
  readonly timeZone: string
  readonly missed: MissedPolicy
  readonly overlap: OverlapPolicy
  /** ISO 8601; absent where none comes any more. */
  readonly next?: string
  /** Ticks that this process has decided not to run, since it started. */
  readonly passed: { readonly missed: number; readonly overlap: number }
  /** Newest first, of all processes. */
  readonly runs: readonly RunView[]
  /** Why its runs could not be told. */
  readonly error?: string
}

export interface RunView {
  readonly tick: string
  readonly state: 'running' | RunOutcome
  readonly attempt: number
  /** Which process. */
  readonly runner: string
  readonly startedAt: string
  readonly endedAt?: string
  readonly durationMs?: number
  readonly errorCode?: string
}

export function runView({ tickMs, state, attempt, runner, startedMs, endedMs, errorCode }: RunRecord): RunView {
  return {
    ...{ tick: isoTime(tickMs), state, attempt, runner, startedAt: isoTime(startedMs) },
    ...(endedMs !== undefined && { endedAt: isoTime(endedMs), durationMs: Math.max(0, endedMs - startedMs) }),
    ...(errorCode !== undefined && { errorCode }),
  }
}

export function isoTime(ms: number): string {
  return new Date(ms).toISOString()
}
