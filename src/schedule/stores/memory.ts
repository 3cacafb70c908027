/** Memory: the jobs of one process. What was missed while it did not run is not known. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { LockClaim, LockGrant, LockRefusal, LockRequest, LockStore } from '../../lock/lock-store.ts'
import { memoryLockStore } from '../../lock/stores/memory.ts'
import type {
  KeptRunsOptions,
  RunEnd,
  RunRecord,
  RunStart,
  RunStep,
  ScheduleStore,
  Standing,
} from '../schedule-store.ts'

export interface MemoryScheduleStoreOptions extends KeptRunsOptions {
  readonly clock?: Clock
}

export function memoryScheduleStore(options: MemoryScheduleStoreOptions = {}): ScheduleStore {
  return new MemoryScheduleStore(options)
}

type StoredRun = RunRecord & { readonly token: number }

interface StoredJob {
  throughMs: number
  token: number
  readonly runs: Map<number, StoredRun>
}

class MemoryScheduleStore implements ScheduleStore {
  readonly isShared = false
  readonly #locks: LockStore
  readonly #jobs = new Map<string, StoredJob>()
  readonly #keptRuns: number

  constructor({ clock = systemClock, keptRuns = 100 }: MemoryScheduleStoreOptions) {
    this.#keptRuns = keptRuns
    this.#locks = memoryLockStore({ clock })
  }

  async open(): Promise<void> {}

  async acquire(request: LockRequest): Promise<LockGrant | LockRefusal> {
    const answer = await this.#locks.acquire(request)
    if (answer.kind === 'granted') this.#job(request.key, 0).token = answer.token
    return answer
  }

  renew(claim: LockClaim): Promise<boolean> {
    return this.#locks.renew(claim)
  }

  release(claim: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return this.#locks.release(claim)
  }

  async standing(name: string, nowMs: number): Promise<Standing> {
    const { throughMs, runs } = this.#job(name, nowMs)
    const open = [...runs.values()].filter(({ state }) => state === 'running')
    return { throughMs, open: open.map(({ tickMs, token, attempt }) => ({ tickMs, token, attempt })) }
  }

  async begin({ job: name, token, tickMs, attempt, startedMs, runner }: RunStart): Promise<boolean> {
    const job = this.#job(name, tickMs)
    if (job.token !== token) return false
    const present = job.runs.get(tickMs)
    const isFree = attempt === 1 ? present === undefined : present?.state === 'running' && present.token < token
    if (!isFree) return false
    job.throughMs = Math.max(job.throughMs, tickMs)
    job.runs.set(tickMs, { tickMs, token, attempt, startedMs, runner, state: 'running' })
    return true
  }

  async pass({ job: name, token, throughMs }: RunStep): Promise<boolean> {
    const job = this.#job(name, throughMs)
    if (job.token !== token) return false
    job.throughMs = Math.max(job.throughMs, throughMs)
    return true
  }

  async end({ job: name, tickMs, token, outcome, endedMs, errorCode }: RunEnd): Promise<boolean> {
    const { runs } = this.#job(name, tickMs)
    const run = runs.get(tickMs)
    if (run?.token !== token) return false
    runs.set(tickMs, { ...run, state: outcome, endedMs, ...(errorCode !== undefined && { errorCode }) })
    const ended = [...runs.values()].filter(({ state }) => state !== 'running')
    for (const old of ended.sort(byTick).slice(this.#keptRuns)) runs.delete(old.tickMs)
    return true
  }

  async history(name: string, limit: number): Promise<RunRecord[]> {
    const runs = [...this.#job(name, 0).runs.values()].sort(byTick).slice(0, limit)
    return runs.map(({ token: _, ...record }) => record)
  }

  #job(name: string, throughMs: number): StoredJob {
    const known = this.#jobs.get(name)
    if (known !== undefined) return known
    const job: StoredJob = { throughMs, token: 0, runs: new Map() }
    this.#jobs.set(name, job)
    return job
  }
}

function byTick(a: RunRecord, b: RunRecord): number {
  return b.tickMs - a.tickMs
}
