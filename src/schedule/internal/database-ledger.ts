/** DatabaseLedger: the schedule in two tables of a database. Leases are told by the database's clock. */
import { type RawBuilder, sql } from 'kysely'
import { databaseNow } from '../../database/database-now.ts'
import { insertIgnoring } from '../../database/insert-ignoring.ts'
import type { LockClaim, LockGrant, LockRefusal, LockRequest } from '../../lock/lock-store.ts'
import { runTakenOver } from '../schedule-errors.ts'
import type {
  RunClaim,
  RunEnd,
  RunOutcome,
  RunRecord,
  RunStart,
  RunStep,
  ScheduleStore,
  Standing,
} from '../schedule-store.ts'
import { type AnyDatabase, asSchedule, type RunRow, type ScheduleDatabase } from './tables.ts'

export class DatabaseLedger implements Required<ScheduleStore> {
  readonly isShared = true
  readonly #db: ScheduleDatabase
  readonly #keptRuns: number

  constructor(database: AnyDatabase, keptRuns = 100) {
    this.#db = asSchedule(database)
    this.#keptRuns = keptRuns
  }

  open(): Promise<void> {
    return this.#db.makeTables()
  }

  async acquire({ key: job, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    const now = databaseNow(this.#db.dialect)
    // MySQL sets from left to right: the owner comes last, since the others look at who it was.
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_schedule')
      .set({
        token: sql<number>`case when owner = ${owner} and lease_until_ms > ${now} then token else token + 1 end`,
        lease_until_ms: sql<number>`${now} + ${sql.lit(Math.ceil(leaseMs))}`,
        owner,
      })
      .where('job', '=', job)
      .where((where) =>
        where.or([where('owner', 'is', null), where('owner', '=', owner), where('lease_until_ms', '<=', now)]),
      )
      .executeTakeFirstOrThrow()
    const row = await this.#db.query
      .selectFrom('genever_schedule')
      .select(['owner', 'token', sql<number>`lease_until_ms - ${now}`.as('left_ms')])
      .where('job', '=', job)
      .executeTakeFirst()
    const isOurs = numUpdatedRows === 1n && row?.owner === owner
    if (isOurs) return { kind: 'granted', token: Number(row.token) }
    return { kind: 'held', heldForMs: Math.max(0, Number(row?.left_ms ?? 0)) }
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    const now = databaseNow(this.#db.dialect)
    return this.#change(key, { owner, token }, { lease_until_ms: sql<number>`${now} + ${sql.lit(Math.ceil(leaseMs))}` })
  }

  release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    return this.#change(key, { owner, token }, { owner: null, lease_until_ms: 0 })
  }

  async standing(job: string, nowMs: number): Promise<Standing> {
    const known = await this.#throughMs(job)
    if (known === undefined) {
      const first = { job, owner: null, token: 0, lease_until_ms: 0, through_ms: Math.floor(nowMs) }
      await insertIgnoring(this.#db, 'genever_schedule', first)
    }
    const open = await this.#db.query
      .selectFrom('genever_schedule_run')
      .select(['tick_ms', 'token', 'attempt'])
      .where('job', '=', job)
      .where('state', '=', 'running')
      .orderBy('tick_ms')
      .execute()
    return {
      throughMs: known ?? (await this.#throughMs(job)) ?? nowMs,
      open: open.map(({ tick_ms, token, attempt }) => ({ tickMs: Number(tick_ms), token: Number(token), attempt })),
    }
  }

  async begin(start: RunStart): Promise<boolean> {
    return this.#db.transaction(async () => {
      // The row stays locked to the end: a later holder waits for it, an earlier one finds another token.
      if (!(await this.pass({ ...start, throughMs: start.tickMs }))) return false
      return start.attempt === 1 ? this.#insert(start) : this.#takeOver(start)
    })
  }

  async pass({ job, token, throughMs }: RunStep): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_schedule')
      .set({
        through_ms: sql<number>`case when through_ms < ${sql.lit(throughMs)} then ${sql.lit(throughMs)} else through_ms end`,
      })
      .where('job', '=', job)
      .where('token', '=', token)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async end({ job, tickMs, token, outcome, endedMs, errorCode }: RunEnd): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_schedule_run')
      .set({ state: outcome, ended_ms: Math.floor(endedMs), error_code: errorCode?.slice(0, 100) ?? null })
      .where('job', '=', job)
      .where('tick_ms', '=', tickMs)
      .where('token', '=', token)
      .executeTakeFirstOrThrow()
    await this.#forget(job)
    return numUpdatedRows === 1n
  }

  async history(job: string, limit: number): Promise<RunRecord[]> {
    const rows = await this.#db.query
      .selectFrom('genever_schedule_run')
      .selectAll()
      .where('job', '=', job)
      .orderBy('tick_ms', 'desc')
      .limit(limit)
      .execute()
    return rows.map(recordOf)
  }

  async once({ job, tickMs, token }: RunClaim, work: () => Promise<void>): Promise<boolean> {
    return this.#db.transaction(async () => {
      const now = databaseNow(this.#db.dialect)
      const { numUpdatedRows } = await this.#db.query
        .updateTable('genever_schedule_run')
        .set({ state: 'ok', ended_ms: now })
        .where('job', '=', job)
        .where('tick_ms', '=', tickMs)
        .where('token', '=', token)
        .where('state', '=', 'running')
        .executeTakeFirstOrThrow()
      if (numUpdatedRows === 1n) {
        await work()
        return true
      }
      const run = await this.#db.query
        .selectFrom('genever_schedule_run')
        .select('token')
        .where('job', '=', job)
        .where('tick_ms', '=', tickMs)
        .executeTakeFirst()
      if (Number(run?.token) !== token) throw runTakenOver(job)
      return false
    })
  }

  async #throughMs(job: string): Promise<number | undefined> {
    const row = await this.#db.query
      .selectFrom('genever_schedule')
      .select('through_ms')
      .where('job', '=', job)
      .executeTakeFirst()
    return row === undefined ? undefined : Number(row.through_ms)
  }

  async #change(
    job: string,
    { owner, token }: { owner: string; token: number },
    values: { readonly owner?: null; readonly lease_until_ms: number | RawBuilder<number> },
  ): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_schedule')
      .set(values)
      .where('job', '=', job)
      .where('owner', '=', owner)
      .where('token', '=', token)
      .where('lease_until_ms', '>', databaseNow(this.#db.dialect))
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  #insert({ job, tickMs, token, attempt, startedMs, runner }: RunStart): Promise<boolean> {
    const started_ms = Math.floor(startedMs)
    const row = { job, tick_ms: tickMs, token, attempt, state: 'running', runner, started_ms }
    return insertIgnoring(this.#db, 'genever_schedule_run', row)
  }

  async #takeOver({ job, tickMs, token, attempt, startedMs, runner }: RunStart): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_schedule_run')
      .set({ token, attempt, runner, started_ms: Math.floor(startedMs) })
      .where('job', '=', job)
      .where('tick_ms', '=', tickMs)
      .where('state', '=', 'running')
      .where('token', '<', token)
      .executeTakeFirstOrThrow()
    return numUpdatedRows === 1n
  }

  async #forget(job: string): Promise<void> {
    const [oldest] = await this.#db.query
      .selectFrom('genever_schedule_run')
      .select('tick_ms')
      .where('job', '=', job)
      .orderBy('tick_ms', 'desc')
      .offset(this.#keptRuns)
      .limit(1)
      .execute()
    if (oldest === undefined) return
    await this.#db.query
      .deleteFrom('genever_schedule_run')
      .where('job', '=', job)
      .where('tick_ms', '<=', oldest.tick_ms)
      .where('state', '!=', 'running')
      .execute()
  }
}

function recordOf({ tick_ms, attempt, runner, started_ms, state, ended_ms, error_code }: RunRow): RunRecord {
  return {
    ...{ tickMs: Number(tick_ms), attempt, runner, startedMs: Number(started_ms) },
    state: state as 'running' | RunOutcome,
    ...(ended_ms !== null && { endedMs: Number(ended_ms) }),
    ...(error_code !== null && { errorCode: error_code }),
  }
}
