/** JobOptions: when a job runs, and what happens when it cannot. */
import type { Policy } from '../resilience/policy.ts'
import { badSchedule } from './schedule-errors.ts'

export interface JobOptions {
  /** Lower-case letters, digits, `.`, `-` and `_`. Processes that schedule the same name share its runs: it must be stable. */
  readonly name: string
  /** Of the IANA database, such as `Europe/Berlin`; default `UTC`. */
  readonly timeZone?: string
  /**
   * What happens to ticks that came while nobody could run them: no process, no store, or a run that took longer. `once` runs the last
   * one, `skip` none, `{ atMost: 5 }` the last five, one after the other. Default `once`.
   */
  readonly missed?: MissedPolicy
  /** So long after its tick a run still counts as on time, and not as missed; in milliseconds, default 60,000. */
  readonly graceMs?: number
  /** What a tick does that comes while the run before is under way: nothing, run behind it, or run beside it. Default `skip`. */
  readonly overlap?: OverlapPolicy
  /** For one run with all its retries, in milliseconds: then its context is cancelled. Default: no limit. */
  readonly timeoutMs?: number
  /** Around the job: `policy(retry({ attempts: 3 }))` of `genever/resilience`. Default: it is called once. */
  readonly policy?: Policy<unknown>
  /** Spreads the beginning over so many milliseconds, for each tick by another, the same in every process. Default 0. */
  readonly jitterMs?: number
  /** How often a run is begun anew whose process died or had to end; default 2. 0: such a run is lost, and never done twice. */
  readonly restarts?: number
}

export type MissedPolicy = 'skip' | 'once' | { readonly atMost: number }
export type OverlapPolicy = 'skip' | 'queue' | 'allow'

/** One run of a job. */
export interface ScheduledRun {
  readonly job: string
  /** The moment that it is for, whenever it runs. */
  readonly tick: Date
  /** Of the job and the tick: the same when the run is repeated, as a key for what it calls. */
  readonly id: string
  /** 1, or more where its process died before. */
  readonly attempt: number
  /** Whether it runs later than its grace. */
  readonly isMissed: boolean
  /** Larger than that of every earlier holder of the job: give it to fences. */
  readonly token: number
  /** Aborts when the time is over, the service ends, or another process has taken over. */
  readonly signal: AbortSignal
  /**
   * Runs `work` in a transaction that also notes that the run is done: its effect on the schedule's database happens once, whatever dies
   * when. False if it has happened already.
   *
   * @throws ServiceError `RUN_TAKEN_OVER`; `BAD_SCHEDULE` where the store is no database.
   */
  once(work: () => Promise<void>): Promise<boolean>
}

export type Job = (run: ScheduledRun) => void | Promise<void>

export type ResolvedJobOptions = Required<Omit<JobOptions, 'timeoutMs' | 'policy'>> &
  Pick<JobOptions, 'timeoutMs' | 'policy'>

/** Defaults put in. @throws ServiceError `BAD_SCHEDULE` */
export function resolveJobOptions(options: JobOptions): ResolvedJobOptions {
  const resolved: ResolvedJobOptions = {
    ...{ timeZone: 'UTC', missed: 'once', graceMs: 60_000, overlap: 'skip', jitterMs: 0, restarts: 2 },
    ...options,
  }
  const { name, missed, graceMs, jitterMs, restarts, timeoutMs } = resolved
  if (!/^[a-z0-9][a-z0-9._-]{0,99}$/.test(name)) {
    throw badSchedule(
      `name: expected 1 to 100 lower-case letters, digits, '.', '-' and '_', got ${name.length} characters`,
    )
  }
  requireNumber('graceMs', graceMs, 0)
  requireNumber('jitterMs', jitterMs, 0)
  requireNumber('restarts', restarts, 0)
  if (timeoutMs !== undefined) requireNumber('timeoutMs', timeoutMs, 1)
  if (typeof missed === 'object') requireNumber('missed.atMost', missed.atMost, 1)
  return resolved
}

function requireNumber(option: string, value: number, least: number): void {
  if (value >= least && Number.isFinite(value)) return
  throw badSchedule(`${option}: expected a number from ${least}, got ${value}`)
}
