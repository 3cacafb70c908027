/**
 * JobRunner: one job in this process: waits for its ticks, and runs them where no other process does.
 *
 *   waiting ─tick─▶ turn: standing ─nothing to do─▶ waiting
 *                            └─▶ lease ─held by another─▶ waiting, looks again
 *                                  └─▶ begun and not ended ─▶ again │ lost
 *                                      due ─▶ run, one after the other │ passed ─▶ release ─▶ waiting
 *
 * A tick that comes during a turn is passed, left for the turn's end, or run beside, as the overlap policy says.
 */
import type { CancelTimer } from '../../foundation/clock/clock.ts'
import { toServiceError } from '../../foundation/errors/service-error.ts'
import type { Lease } from '../../lock/lease.ts'
import type { Locks } from '../../lock/locks.ts'
import type { CronTimes } from '../cron-times.ts'
import { jitterOf } from '../jitter.ts'
import { planRuns } from '../plan-runs.ts'
import type { OpenRun, Standing } from '../schedule-store.ts'
import { type JobParts, type RunResult, runJob } from './job-run.ts'

export interface JobRunnerParts extends JobParts {
  readonly times: CronTimes
  readonly locks: Locks
  readonly leaseMs: number
}

/** A wall clock may be set, and a machine may sleep: nothing is waited for longer than this without a look at it. */
const mostWaitMs = 30_000
const retryMs = { least: 100, most: 10_000 }

export class JobRunner {
  readonly #parts: JobRunnerParts
  readonly #stopping = new AbortController()
  readonly #active = new Set<Promise<void>>()
  #isDraining = false
  #throughMs = 0
  #isQueued = false
  /** Ticks that this turn still has to run. */
  #left = 0
  #lease: Lease | undefined
  #turn: Promise<void> | undefined
  #cancelTimer: CancelTimer | undefined
  #failures = 0
  #storeError: string | undefined
  #last: (RunResult & { readonly tickMs: number }) | undefined

  constructor(parts: JobRunnerParts) {
    this.#parts = parts
  }

  /** Ticks at most this old are this process's business; earlier ones are the store's. */
  start(): void {
    this.#throughMs = this.#parts.clock.now()
    this.#begin()
  }

  get running(): number {
    return this.#active.size
  }

  get last(): (RunResult & { readonly tickMs: number }) | undefined {
    return this.#last
  }

  /** Why the store could not be asked, at the last try. */
  get storeError(): string | undefined {
    return this.#storeError
  }

  nextMs(): number | undefined {
    const { times, clock } = this.#parts
    return times.next(Math.max(this.#throughMs, clock.now()))
  }

  /** Begins nothing new and waits for what runs; `signal` cancels it, and leaves it to other processes. */
  async stop(signal?: AbortSignal): Promise<void> {
    this.#isDraining = true
    this.#cancelTimer?.()
    const giveUp = (): void => this.#stopping.abort()
    if (signal?.aborted === true) giveUp()
    else signal?.addEventListener('abort', giveUp, { once: true })
    await this.#turn
    signal?.removeEventListener('abort', giveUp)
  }

  #begin(): void {
    if (this.#isDraining) return
    this.#cancelTimer?.()
    this.#turn = this.#takeTurn()
      .then((waitMs) => {
        this.#failures = 0
        this.#storeError = undefined
        return waitMs
      })
      .catch((error: unknown) => this.#onFailure(error))
      .then((waitMs) => {
        this.#turn = undefined
        this.#waitFor(waitMs)
      })
  }

  /** Gives how long to wait where that is not until the next tick. */
  async #takeTurn(): Promise<number | undefined> {
    const { options, store, locks, leaseMs } = this.#parts
    const standing = await store.standing(options.name, this.#throughMs)
    this.#throughMs = standing.throughMs
    if (standing.open.length === 0 && this.#due().length === 0) return undefined
    const lease = await locks.tryAcquire(options.name, { leaseMs })
    if (lease === undefined) return leaseMs / 2
    this.#lease = lease
    try {
      while (await this.#work(lease)) if (this.#isDraining) break
      return undefined
    } finally {
      this.#lease = undefined
      this.#isQueued = false
      this.#left = 0
      await Promise.allSettled(this.#active)
      await lease.release()
    }
  }

  /** True if something was done, so that there may be more. */
  async #work(lease: Lease): Promise<boolean> {
    if (!lease.isHeld) return false
    const { options, store, clock } = this.#parts
    const { throughMs, open }: Standing = await store.standing(options.name, clock.now())
    this.#throughMs = throughMs
    const { graceMs, missed, restarts, jitterMs } = options
    const plan = planRuns({
      ...{ due: this.#due(), nowMs: clock.now(), graceMs: graceMs + jitterMs, missed, restarts },
      open: open.filter(({ token }) => token < lease.token),
      isQueued: this.#isQueued,
    })
    this.#isQueued = false
    const passedTo = plan.passed.at(-1)
    if (passedTo !== undefined) await this.#pass(lease, passedTo, plan.passed.length, 'missed')
    for (const run of plan.lost) await this.#abandon(lease, run)
    const runs = [
      ...plan.again.map(({ tickMs, attempt }) => ({ tickMs, attempt: attempt + 1 })),
      ...plan.run.map((tickMs) => ({ tickMs, attempt: 1 })),
    ]
    this.#left = runs.length
    for (const { tickMs, attempt } of runs) {
      if (this.#isDraining || !lease.isHeld) return false
      this.#throughMs = Math.max(this.#throughMs, tickMs)
      const running = this.#run(lease, tickMs, attempt)
      this.#waitFor(undefined)
      if (options.overlap !== 'allow') await running
      this.#left--
    }
    while (this.#active.size > 0) await Promise.all(this.#active)
    return runs.length > 0 || plan.lost.length > 0 || passedTo !== undefined
  }

  #run(lease: Lease, tickMs: number, attempt: number): Promise<void> {
    const running = runJob(this.#parts, { tickMs, attempt, lease, stopping: this.#stopping.signal })
      .then((result) => {
        if (result !== undefined) this.#last = { ...result, tickMs }
      })
      .finally(() => this.#active.delete(running))
    this.#active.add(running)
    return running
  }

  /** A tick during a turn. */
  async #meanwhile(lease: Lease): Promise<void> {
    const { overlap } = this.#parts.options
    const due = this.#due()
    const last = due.at(-1)
    if (last === undefined || this.#left > 1) return
    if (overlap === 'queue') this.#isQueued = true
    if (overlap === 'skip' && this.#active.size > 0) await this.#pass(lease, last, due.length, 'overlap')
    if (overlap !== 'allow') return
    for (const tickMs of due) {
      this.#throughMs = Math.max(this.#throughMs, tickMs)
      void this.#run(lease, tickMs, 1).catch((error: unknown) => this.#onFailure(error))
    }
  }

  async #pass(lease: Lease, throughMs: number, ticks: number, reason: 'missed' | 'overlap'): Promise<void> {
    const { options, store, metrics, log } = this.#parts
    if (!(await store.pass({ job: options.name, token: lease.token, throughMs }))) return
    this.#throughMs = Math.max(this.#throughMs, throughMs)
    metrics.passed(options.name, reason, ticks)
    log.warn('ticks of a job are not run', { job: options.name, reason, ticks })
  }

  /** What ends its process each time must not end all of them, one after the other. */
  async #abandon({ token }: Lease, { tickMs, attempt }: OpenRun): Promise<void> {
    const { options, store, clock, runner, log } = this.#parts
    const claim = { job: options.name, tickMs, token }
    if (!(await store.begin({ ...claim, attempt: attempt + 1, startedMs: clock.now(), runner }))) return
    await store.end({ ...claim, outcome: 'lost', endedMs: clock.now(), errorCode: 'RUN_LOST' })
    log.error('a run of a job is lost: its process died', {
      ...{ job: options.name, tick: new Date(tickMs).toISOString(), attempt },
    })
  }

  /** Ticks that have come, their jitter included. */
  #due(): number[] {
    const { times, clock, options } = this.#parts
    const nowMs = clock.now()
    const ticks = times.between(this.#throughMs, nowMs)
    return ticks.filter((tickMs) => tickMs + jitterOf(options, tickMs) <= nowMs)
  }

  #waitFor(waitMs: number | undefined): void {
    const { times, clock, options, metrics } = this.#parts
    this.#cancelTimer?.()
    if (this.#isDraining) return
    const next = times.next(this.#throughMs)
    if (next !== undefined) metrics.next(options.name, next)
    const untilTickMs = next === undefined ? mostWaitMs : next + jitterOf(options, next) - clock.now()
    // A tick that has to wait for the turn's end would otherwise be looked at without a pause.
    const leastMs = this.#turn === undefined ? 0 : 250
    const delayMs = Math.min(mostWaitMs, Math.max(leastMs, waitMs ?? untilTickMs))
    this.#cancelTimer = clock.schedule(delayMs, () => this.#onTimer(waitMs !== undefined))
  }

  /** `looks`: the store is asked though nothing is due here. */
  #onTimer(looks: boolean): void {
    const lease = this.#lease
    if (this.#turn === undefined) {
      if (looks || this.#due().length > 0) this.#begin()
      else this.#waitFor(undefined)
    } else if (lease !== undefined) this.#duringTurn(lease)
  }

  #duringTurn(lease: Lease): void {
    void this.#meanwhile(lease)
      .catch((error: unknown) => this.#onFailure(error))
      .then(() => {
        if (this.#turn !== undefined && !this.#isQueued) this.#waitFor(undefined)
      })
  }

  #onFailure(error: unknown): number {
    const { options, log } = this.#parts
    this.#failures++
    this.#storeError = toServiceError(error).message
    log.warn('the schedule of a job could not be looked at', { job: options.name, error, failures: this.#failures })
    return Math.min(retryMs.most, retryMs.least * 2 ** this.#failures)
  }
}
