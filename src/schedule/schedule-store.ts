/**
 * ScheduleStore: where it stands which ticks of a job are decided, who runs one, and how runs ended.
 *
 *   standing ─▶ something due? ─▶ acquire (lease, token) ─▶ begin(tick) ─▶ … ─▶ end(outcome) ─▶ release
 *                                     │                        └─ false: another has it, or the token is old
 *                                     └─ its holder dies: the lease runs out, and the run stands open for the next one
 *
 * It is a lock store whose keys are jobs, and what is written under a lease is written with its token.
 */
import type { LockStore } from '../lock/lock-store.ts'

export interface ScheduleStore extends LockStore {
  /** Whether other processes see it. */
  readonly isShared: boolean
  /** Makes what it needs; safe to call by many at once. */
  open(): Promise<void>
  /** A job that it does not know begins at `nowMs`: nothing before was missed. */
  standing(job: string, nowMs: number): Promise<Standing>
  /** Takes a tick. False if the token is not the job's last, or the tick is taken. */
  begin(start: RunStart): Promise<boolean>
  /** Ticks up to there are decided without a run. False if the token is not the job's last. */
  pass(step: RunStep): Promise<boolean>
  /** False if the run was taken over. */
  end(end: RunEnd): Promise<boolean>
  /** The last runs of a job, newest first. */
  history(job: string, limit: number): Promise<RunRecord[]>
  /** Runs `work` and ends the run in one transaction; false if it has ended already. @throws ServiceError `RUN_TAKEN_OVER`. */
  once?(claim: RunClaim, work: () => Promise<void>): Promise<boolean>
}

export interface Standing {
  /** Ticks up to here are decided: run, or passed. */
  readonly throughMs: number
  /** Begun and not ended, ascending. */
  readonly open: readonly OpenRun[]
}

export interface OpenRun {
  readonly tickMs: number
  readonly token: number
  readonly attempt: number
}

export interface RunClaim {
  readonly job: string
  readonly tickMs: number
  readonly token: number
}

export interface RunStart extends RunClaim {
  /** 1 for a new tick; more takes over a run that an earlier token began. */
  readonly attempt: number
  readonly startedMs: number
  /** Which process. */
  readonly runner: string
}

export interface RunStep {
  readonly job: string
  readonly token: number
  readonly throughMs: number
}

export interface RunEnd extends RunClaim {
  readonly outcome: RunOutcome
  readonly endedMs: number
  readonly errorCode?: string | undefined
}

/** `lost`: its process died, and it was begun too often already. */
export type RunOutcome = 'ok' | 'failed' | 'timeout' | 'lost'

export interface RunRecord {
  readonly tickMs: number
  readonly attempt: number
  readonly runner: string
  readonly startedMs: number
  readonly state: 'running' | RunOutcome
  readonly endedMs?: number
  readonly errorCode?: string
}

export interface KeptRunsOptions {
  /** Runs of a job that are remembered; default 100. */
  readonly keptRuns?: number
}
