/**
 * Database: the jobs of all processes that share a database, on SQLite, PostgreSQL and MySQL. A run's effects on the same database
 * happen once: `run.once()`.
 */
import type { LockClaim, LockGrant, LockRefusal, LockRequest } from '../../lock/lock-store.ts'
import type { DatabaseLedger } from '../internal/database-ledger.ts'
import type { AnyDatabase } from '../internal/tables.ts'
import type {
  KeptRunsOptions,
  RunClaim,
  RunEnd,
  RunRecord,
  RunStart,
  RunStep,
  ScheduleStore,
  Standing,
} from '../schedule-store.ts'
import { scheduleTables } from '../schedule-tables.ts'

export interface DatabaseScheduleStoreOptions extends KeptRunsOptions {
  /** Stays open. */
  readonly database: AnyDatabase
}

/** Its tables, `genever_schedule` and `genever_schedule_run`, are made when the database or a schedule starts. */
export function databaseScheduleStore(options: DatabaseScheduleStoreOptions): Required<ScheduleStore> {
  return new DatabaseScheduleStore(options)
}

/** The query builder is loaded with the first question: who keeps a schedule in memory needs none. */
class DatabaseScheduleStore implements Required<ScheduleStore> {
  readonly isShared = true
  readonly #options: DatabaseScheduleStoreOptions
  #loading: Promise<DatabaseLedger> | undefined

  constructor(options: DatabaseScheduleStoreOptions) {
    this.#options = options
    options.database.needs(scheduleTables)
  }

  async open(): Promise<void> {
    return (await this.#ledger()).open()
  }

  async acquire(request: LockRequest): Promise<LockGrant | LockRefusal> {
    return (await this.#ledger()).acquire(request)
  }

  async renew(claim: LockClaim): Promise<boolean> {
    return (await this.#ledger()).renew(claim)
  }

  async release(claim: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return (await this.#ledger()).release(claim)
  }

  async standing(job: string, nowMs: number): Promise<Standing> {
    return (await this.#ledger()).standing(job, nowMs)
  }

  async begin(start: RunStart): Promise<boolean> {
    return (await this.#ledger()).begin(start)
  }

  async pass(step: RunStep): Promise<boolean> {
    return (await this.#ledger()).pass(step)
  }

  async end(end: RunEnd): Promise<boolean> {
    return (await this.#ledger()).end(end)
  }

  async history(job: string, limit: number): Promise<RunRecord[]> {
    return (await this.#ledger()).history(job, limit)
  }

  async once(claim: RunClaim, work: () => Promise<void>): Promise<boolean> {
    return (await this.#ledger()).once(claim, work)
  }

  #ledger(): Promise<DatabaseLedger> {
    this.#loading ??= import('../internal/database-ledger.ts').then(
      ({ DatabaseLedger }) => new DatabaseLedger(this.#options.database, this.#options.keptRuns),
    )
    return this.#loading
  }
}
