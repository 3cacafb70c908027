/**
 * Schedule: jobs at the times of a cron expression, each tick by one process.
 *
 *   add(cron, job, options) ─▶ start ─▶ a runner for each job ─▶ ticks ─▶ drain: nothing new, what runs may end
 *
 * It is a component; `service.schedule()` makes and adds one.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { toServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import { createLocks, type Locks } from '../lock/locks.ts'
import { processInfo } from '../platform/process-info.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { noopTracer } from '../telemetry/noop-tracer.ts'
import type { Tracer } from '../telemetry/tracer.ts'
import { CronTimes } from './cron-times.ts'
import { JobRunner } from './internal/job-runner.ts'
import { ScheduleMetrics } from './internal/schedule-metrics.ts'
import { type Job, type JobOptions, type ResolvedJobOptions, resolveJobOptions } from './job-options.ts'
import { badSchedule } from './schedule-errors.ts'
import type { ScheduleStore } from './schedule-store.ts'
import { isoTime, type JobView, runView, type ScheduleView } from './schedule-view.ts'
import { memoryScheduleStore } from './stores/memory.ts'

export interface ScheduleOptions {
  /** Where processes agree who runs what; default memory: each process runs every tick. */
  readonly store?: ScheduleStore
  /** After so long without a word a process is taken for dead, and its run is begun anew by another; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** Which process this is, in the view; default its number. */
  readonly runner?: string
  /** Of the component; default `schedule`. */
  readonly name?: string
  readonly log?: Logger
  readonly meter?: Meter
  readonly tracer?: Tracer
  readonly clock?: Clock
}

export function createSchedule(options: ScheduleOptions = {}): Schedule {
  return new Schedule(options)
}

interface ScheduledJob {
  readonly cron: string
  readonly options: ResolvedJobOptions
  readonly runner: JobRunner
}

const shownRuns = 20

export class Schedule implements Component {
  readonly name: string
  readonly #parts: Required<Omit<ScheduleOptions, 'name' | 'meter'>>
  readonly #metrics: ScheduleMetrics
  readonly #locks: Locks
  readonly #jobs = new Map<string, ScheduledJob>()
  #isStarted = false

  /** Use `createSchedule()`. @throws ServiceError `BAD_LOCK` for a lease that cannot be. */
  constructor({ name = 'schedule', meter, clock = systemClock, ...options }: ScheduleOptions) {
    this.name = name
    this.#parts = {
      ...{ store: memoryScheduleStore({ clock }), leaseMs: 10_000, runner: `pid ${processInfo.pid}` },
      ...{ log: noopLogger, tracer: noopTracer, clock },
      ...options,
    }
    const { store, leaseMs } = this.#parts
    this.#metrics = new ScheduleMetrics(meter)
    this.#locks = createLocks({ store, leaseMs, clock, name })
  }

  /**
   * Runs `job` at each time that `cron` names: five fields (minute, hour, day, month, day of the week), or six with seconds in front.
   *
   * @throws ServiceError `BAD_SCHEDULE` for what is no such time, for a name that is taken, or once started.
   */
  add(cron: string, job: Job, options: JobOptions): this {
    const resolved = resolveJobOptions(options)
    const { name, timeZone } = resolved
    if (this.#jobs.has(name)) throw badSchedule(`there are two jobs named '${name}'; rename one`)
    if (this.#isStarted) throw badSchedule('add jobs before the service starts')
    const times = new CronTimes(cron, timeZone)
    const { store, leaseMs, runner, log, tracer, clock } = this.#parts
    const parts = { job, options: resolved, store, leaseMs, runner, log, tracer, clock, times }
    const jobRunner = new JobRunner({ ...parts, locks: this.#locks, metrics: this.#metrics })
    this.#jobs.set(name, { cron, options: resolved, runner: jobRunner })
    return this
  }

  /** @throws what the store throws. */
  async start(): Promise<void> {
    this.#isStarted = true
    await this.#parts.store.open()
    for (const { runner } of this.#jobs.values()) runner.start()
  }

  /** Begins nothing new and waits for runs that are under way; when `signal` aborts they are cancelled, and left to other processes. */
  async drain(signal?: AbortSignal): Promise<void> {
    await Promise.all([...this.#jobs.values()].map(({ runner }) => runner.stop(signal)))
  }

  async stop(): Promise<void> {
    await this.drain(AbortSignal.abort())
    await this.#locks.stop()
  }

  /** `DEGRADED` where the last run of this process did not end well, or the store cannot be asked. */
  health(): ComponentHealth {
    const jobs = [...this.#jobs.entries()].map(([name, { runner }]) => [name, jobHealth(runner)] as const)
    const bad = jobs.find(([, { error }]) => error !== undefined)
    const details = { jobs: Object.fromEntries(jobs) }
    if (bad === undefined) return { status: 'UP', details }
    return { status: 'DEGRADED', error: `${bad[0]}: ${bad[1].error}`, details }
  }

  /** What all processes that share the store ran, for dashboards. */
  async view(): Promise<ScheduleView> {
    const jobs = await Promise.all([...this.#jobs.values()].map((job) => this.#jobView(job)))
    return { isShared: this.#parts.store.isShared, jobs }
  }

  async #jobView({ cron, options, runner }: ScheduledJob): Promise<JobView> {
    const { name, timeZone, missed, overlap } = options
    const nextMs = runner.nextMs()
    const passed = this.#metrics.passedTicks(name)
    const facts = {
      name,
      cron,
      timeZone,
      missed,
      overlap,
      passed,
      ...(nextMs !== undefined && { next: isoTime(nextMs) }),
    }
    try {
      const runs = await this.#parts.store.history(name, shownRuns)
      return { ...facts, runs: runs.map(runView) }
    } catch (error) {
      return { ...facts, runs: [], error: toServiceError(error).message }
    }
  }
}

function jobHealth(runner: JobRunner): { next?: string; running: number; last?: string; error?: string } {
  const { last, running, storeError } = runner
  const nextMs = runner.nextMs()
  const error = storeError ?? last?.error?.message
  return {
    running,
    ...(nextMs !== undefined && { next: isoTime(nextMs) }),
    ...(last !== undefined && { last: `${isoTime(last.tickMs)} ${last.outcome}` }),
    ...(error !== undefined && { error }),
  }
}
