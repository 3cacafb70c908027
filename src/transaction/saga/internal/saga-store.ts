/** SagaStore: instances in the service's own database. Every write is fenced: it changes nothing once another process owns the instance. */
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../../database/database.ts'
import { databaseNow } from '../../../database/database-now.ts'
import { insertIgnoring } from '../../../database/insert-ignoring.ts'
import { formatTraceparent, parseTraceContext } from '../../../telemetry/propagation.ts'
import type { TraceContext } from '../../../telemetry/tracer.ts'
import { sagaTables } from '../../transaction-tables.ts'
import type { History, SagaStatus } from '../history.ts'
import type { StoredSaga } from '../stored-saga.ts'

/** Whatever the user's tables are. */
export type AnyDatabase = Pick<
  Database,
  'dialect' | 'transaction' | 'onCommit' | 'inTransaction' | 'needs' | 'makeTables'
>

interface SagaRow {
  id: string
  name: string
  version: number
  status: SagaStatus
  input: string
  history: string
  owner: string | null
  epoch: number | bigint
  lease_until_ms: number | bigint
  /** Not to be worked on before. */
  due_ms: number | bigint
  /** When it must be done; 0 for never. */
  deadline_ms: number | bigint
  /** Names what is asked of it from outside: `cancel`. */
  wish: string | null
  /** Of whoever began it: traceparent and tracestate. */
  trace: string | null
  begun_ms: number | bigint
}

interface Tables {
  genever_saga: SagaRow
}

/** An instance in the hands of this process. */
export interface HeldSaga {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly input: unknown
  readonly history: History
  readonly epoch: number
  /** Of whoever began it. */
  readonly trace: TraceContext | undefined
  /** Asked of it from outside, while it runs. */
  readonly turnsBy: TurnCode | undefined
}

export type TurnCode = 'SAGA_CANCELLED' | 'DEADLINE_EXCEEDED'

export class SagaStore {
  readonly #db: Database<Tables>
  readonly #owner: string
  readonly #leaseMs: number

  constructor(database: AnyDatabase, { owner, leaseMs }: { owner: string; leaseMs: number }) {
    this.#db = database as unknown as Database<Tables>
    database.needs(sagaTables)
    this.#owner = owner
    this.#leaseMs = leaseMs
  }

  get database(): AnyDatabase {
    return this.#db
  }

  /** Held by this process from the beginning. False if there is one with this id. */
  async insert({
    id,
    name,
    version,
    input,
    timeoutMs,
    trace,
  }: {
    id: string
    name: string
    version: number
    input: unknown
    timeoutMs: number | undefined
    trace: TraceContext | undefined
  }): Promise<boolean> {
    const now = databaseNow(this.#db.dialect)
    return await insertIgnoring(this.#db, 'genever_saga', {
      id,
      name,
      version,
      status: 'running',
      input: JSON.stringify(input),
      history: '[]',
      owner: this.#owner,
      epoch: 1,
      lease_until_ms: this.#leaseEnd(),
      due_ms: 0,
      deadline_ms: timeoutMs === undefined ? 0 : sql`${now} + ${sql.lit(timeoutMs)}`,
      trace: trace === undefined ? null : headersOf(trace),
      begun_ms: now,
    })
  }

  /** Takes instances that nobody holds, and that are due; of these definitions only, and none that runs here although its lease is over. */
  async claim(
    definitions: readonly { name: string; version: number }[],
    { limit, except }: { limit: number; except: readonly string[] },
  ): Promise<HeldSaga[]> {
    if (definitions.length === 0 || limit <= 0) return []
    return await this.#db.transaction(async () => {
      const now = databaseNow(this.#db.dialect)
      const known = sql.join(
        definitions.map(({ name, version }) => sql`(name = ${name} and version = ${version})`),
        sql` or `,
      )
      const lock = this.#db.dialect === 'sqlite' ? sql`` : sql`for update skip locked`
      const others = except.length === 0 ? sql`` : sql`and id not in (${sql.join(except)})`
      const { rows } = await sql<{ id: string }>`
        select id from genever_saga where status in ('running', 'compensating') and due_ms <= ${now}
        and (owner is null or lease_until_ms < ${now}) and (${known}) ${others} order by due_ms limit ${sql.lit(limit)} ${lock}`.execute(
        this.#db.query,
      )
      if (rows.length === 0) return []
      const ids = rows.map(({ id }) => id)
      await this.#db.query
        .updateTable('genever_saga')
        .set({ owner: this.#owner, epoch: sql<number>`epoch + 1`, lease_until_ms: this.#leaseEnd() })
        .where('id', 'in', ids)
        .execute()
      return await this.#held(ids)
    })
  }

  /** One that this process inserted, or holds. Undefined if another one does. */
  async held(id: string): Promise<HeldSaga | undefined> {
    const [held] = await this.#held([id])
    return held
  }

  /** False if another process owns it: then nothing was changed. */
  async save(
    { id, epoch }: Pick<HeldSaga, 'id' | 'epoch'>,
    { history, status, delayMs }: { history: History; status: SagaStatus; delayMs?: number },
  ): Promise<boolean> {
    const isOver = status === 'done' || status === 'compensated'
    const isReleased = isOver || delayMs !== undefined
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_saga')
      .set({
        history: JSON.stringify(history),
        status,
        ...(isReleased && { owner: null, lease_until_ms: 0 }),
        ...(delayMs !== undefined && {
          due_ms: sql<number>`${databaseNow(this.#db.dialect)} + ${sql.lit(Math.trunc(delayMs))}`,
        }),
      })
      .where('id', '=', id)
      .where('epoch', '=', epoch)
      .where('owner', '=', this.#owner)
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  }

  /** Of instances that this process runs forward: those that are to be turned. */
  async wishes(): Promise<Map<string, TurnCode>> {
    const { rows } = await sql<{ id: string; wish: string | null; overdue: unknown }>`
      select id, wish, case when deadline_ms > 0 and deadline_ms < ${databaseNow(this.#db.dialect)} then 1 else 0 end as overdue
      from genever_saga where owner = ${this.#owner} and status = 'running'
      and (wish is not null or (deadline_ms > 0 and deadline_ms < ${databaseNow(this.#db.dialect)}))`.execute(
      this.#db.query,
    )
    return new Map(rows.map((row) => [row.id, turnsBy(row) ?? 'DEADLINE_EXCEEDED']))
  }

  /** Leases of what runs in this process. What it holds and does not run any more, after an error, may be taken by anybody. */
  async renew(running: readonly string[]): Promise<void> {
    if (running.length === 0) return
    await this.#db.query
      .updateTable('genever_saga')
      .set({ lease_until_ms: this.#leaseEnd() })
      .where('owner', '=', this.#owner)
      .where('id', 'in', [...running])
      .execute()
  }

  /** What this process holds, or one of it, goes to others at once. */
  async release(id?: string): Promise<void> {
    let update = this.#db.query
      .updateTable('genever_saga')
      .set({ owner: null, lease_until_ms: 0 })
      .where('owner', '=', this.#owner)
    if (id !== undefined) update = update.where('id', '=', id)
    await update.execute()
  }

  async find(id: string): Promise<StoredSaga | undefined> {
    const row = await this.#db.query.selectFrom('genever_saga').selectAll().where('id', '=', id).executeTakeFirst()
    return row === undefined ? undefined : stored(row)
  }

  async list({
    status,
    name,
    before,
    limit,
  }: {
    status?: SagaStatus | readonly SagaStatus[] | undefined
    name?: string | undefined
    before?: { readonly begunMs: number; readonly id: string } | undefined
    limit: number
  }): Promise<StoredSaga[]> {
    let query = this.#db.query.selectFrom('genever_saga').selectAll()
    if (status !== undefined) query = query.where('status', 'in', [status].flat())
    if (name !== undefined) query = query.where('name', '=', name)
    if (before !== undefined) {
      const { begunMs, id } = before
      query = query.where((row) =>
        row.or([row('begun_ms', '<', begunMs), row.and([row('begun_ms', '=', begunMs), row('id', '<', id)])]),
      )
    }
    const rows = await query.orderBy('begun_ms', 'desc').orderBy('id', 'desc').limit(limit).execute()
    return rows.map(stored)
  }

  async counts(): Promise<Record<SagaStatus, number>> {
    const counts: Record<SagaStatus, number> = { running: 0, compensating: 0, done: 0, compensated: 0 }
    const rows = await this.#db.query
      .selectFrom('genever_saga')
      .select(['status', ({ fn }) => fn.countAll().as('n')])
      .groupBy('status')
      .execute()
    for (const { status, n } of rows) counts[status] = Number(n)
    return counts
  }

  async countsByName(): Promise<{ name: string; version: number; status: SagaStatus; instances: number }[]> {
    const rows = await this.#db.query
      .selectFrom('genever_saga')
      .select(['name', 'version', 'status', ({ fn }) => fn.countAll().as('n')])
      .groupBy(['name', 'version', 'status'])
      .execute()
    return rows.map(({ name, version, status, n }) => ({
      name,
      version: Number(version),
      status,
      instances: Number(n),
    }))
  }

  /** Asks the owner, or whoever takes it next, to undo it. False if it is over, or turned already. */
  async wishCancel(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_saga')
      .set({ wish: 'cancel', due_ms: 0 })
      .where('id', '=', id)
      .where('status', '=', 'running')
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  }

  /** Do not wait for its next attempt. */
  async hurry(id: string): Promise<boolean> {
    const { numUpdatedRows } = await this.#db.query
      .updateTable('genever_saga')
      .set({ due_ms: 0 })
      .where('id', '=', id)
      .where('status', 'in', ['running', 'compensating'])
      .executeTakeFirstOrThrow()
    return numUpdatedRows > 0n
  }

  async removeOlder(retentionMs: number): Promise<number> {
    const { numDeletedRows } = await this.#db.query
      .deleteFrom('genever_saga')
      .where('status', 'in', ['done', 'compensated'])
      .where('begun_ms', '<', sql<number>`${databaseNow(this.#db.dialect)} - ${sql.lit(retentionMs)}`)
      .executeTakeFirstOrThrow()
    return Number(numDeletedRows)
  }

  async #held(ids: readonly string[]): Promise<HeldSaga[]> {
    const { rows } = await sql<SagaRow & { overdue: unknown }>`
      select genever_saga.*, case when deadline_ms > 0 and deadline_ms < ${databaseNow(this.#db.dialect)} then 1 else 0 end as overdue
      from genever_saga where id in (${sql.join(ids)}) and owner = ${this.#owner}`.execute(this.#db.query)
    return rows.map((row) => ({ ...stored(row), turnsBy: turnsBy(row) }))
  }

  #leaseEnd(): RawBuilder<number> {
    return sql<number>`${databaseNow(this.#db.dialect)} + ${sql.lit(this.#leaseMs)}`
  }
}

function turnsBy({ wish, overdue }: { wish: string | null; overdue: unknown }): TurnCode | undefined {
  if (wish === 'cancel') return 'SAGA_CANCELLED'
  return Number(overdue) === 1 ? 'DEADLINE_EXCEEDED' : undefined
}

function headersOf(trace: TraceContext): string {
  return [formatTraceparent(trace), trace.traceState ?? ''].join(' ')
}

function traceFrom(headers: string | null): TraceContext | undefined {
  if (headers === null) return undefined
  const space = headers.indexOf(' ')
  return parseTraceContext(headers.slice(0, space), headers.slice(space + 1))
}

function stored(row: SagaRow): StoredSaga {
  return {
    id: row.id,
    name: row.name,
    version: Number(row.version),
    status: row.status,
    input: JSON.parse(row.input),
    history: JSON.parse(row.history) as History,
    owner: row.owner ?? undefined,
    epoch: Number(row.epoch),
    begun: new Date(Number(row.begun_ms)),
    leaseUntil: timeOf(row.lease_until_ms),
    due: timeOf(row.due_ms),
    deadline: timeOf(row.deadline_ms),
    isCancelWished: row.wish === 'cancel',
    trace: traceFrom(row.trace),
  }
}

/** 0 stands for none. */
function timeOf(ms: number | bigint): Date | undefined {
  return Number(ms) === 0 ? undefined : new Date(Number(ms))
}
