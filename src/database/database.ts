/**
 * Database: typed SQL whose transactions travel in the context.
 *
 *   db.query (Kysely) ─▶ the context's transaction? ─yes─▶ its connection
 *                                                   └no──▶ pool ─▶ a connection for this query
 *   db.transaction(work) ─▶ BEGIN ─▶ work, with it in the context ─▶ COMMIT ─▶ onCommit hooks
 *                             ▲                                 └─ throws ─▶ ROLLBACK ─▶ onRollback hooks
 *                             └── again, if another transaction was in the way
 */
import { Kysely } from 'kysely'
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { Context, currentContext } from '../foundation/context/context.ts'
import { ContextKey } from '../foundation/context/context-key.ts'
import { ServiceError, toServiceError } from '../foundation/errors/service-error.ts'
import type { Component, ComponentHealth } from '../foundation/lifecycle/component.ts'
import type { Logger } from '../telemetry/logger.ts'
import type { Meter } from '../telemetry/meter.ts'
import { noopLogger } from '../telemetry/noop-logger.ts'
import { Branch, requireGid } from './branch.ts'
import type { Connection, Statement, StatementResult } from './connection.ts'
import { ConnectionPool, type PoolOptions } from './connection-pool.ts'
import type { ConnectionSource, ConnectionStats } from './connection-source.ts'
import type { Dialect, DialectName, TwoPhaseWords } from './dialect.ts'
import { NotificationLine } from './internal/notification-line.ts'
import { ObservedConnection } from './internal/observed-connection.ts'
import { ObservedSource } from './internal/observed-source.ts'
import { OwnConnection } from './internal/own-connection.ts'
import { QueryTelemetry } from './internal/query-telemetry.ts'
import { RoutedDialect } from './internal/routed-driver.ts'
import { makeTables } from './part-tables.ts'
import type { QueryPlace } from './query-place.ts'
import { SingleWriterSource } from './single-writer-source.ts'
import type { TableSet } from './table-set.ts'
import { Transaction, type TransactionHook } from './transaction.ts'
import type { TransactionOptions } from './transaction-settings.ts'

export interface DatabaseParts {
  /** Of the component, for health and logs; default `database`. */
  readonly name?: string
  /** A function is asked at the first query, when settings are known. */
  readonly dialect: Dialect | (() => Dialect)
  readonly pool?: PoolOptions
  readonly log?: Logger
  /** Durations of statements and the state of the pool. Spans need none: they are made by the tracer of the caller's span. */
  readonly meter?: Meter
  /** A statement that takes as long is told in the log, in milliseconds; default 200, `Infinity` for never. */
  readonly slowQueryMs?: number
  readonly clock?: Clock
}

/** What the dialect brings. */
interface Opened<Tables> {
  readonly dialect: Dialect
  readonly source: ConnectionSource
  readonly query: Kysely<Tables>
}

/** `Tables` maps each table to the type of its rows, as Kysely wants it. */
export class Database<Tables = unknown> implements Component {
  readonly name: string
  readonly kind = 'database'
  readonly #open: () => Opened<Tables>
  #opened: Opened<Tables> | undefined
  readonly #log: Logger
  readonly #clock: Clock
  readonly #current: ContextKey<Transaction>
  /** Tables of the framework's parts that are not known to be there. */
  readonly #needed = new Set<TableSet>()
  readonly #made = new Set<TableSet>()
  #making: Promise<void> | undefined

  constructor(parts: DatabaseParts) {
    const { name = 'database', dialect, log = noopLogger, clock = systemClock } = parts
    this.name = name
    this.#log = log
    this.#clock = clock
    this.#current = new ContextKey<Transaction>(`transaction of ${name}`)
    this.#open = () => {
      const known = typeof dialect === 'function' ? dialect() : dialect
      const query = new Kysely<Tables>({ dialect: new RoutedDialect(known, () => this.#place()) })
      return { dialect: known, source: sourceOf({ ...parts, dialect: known, name, log, clock }), query }
    }
    if (typeof dialect !== 'function') this.#opened = this.#open()
  }

  get dialect(): DialectName {
    return this.#dialect.name
  }

  /** Kysely over this database: builds typed queries and runs them, in the context's transaction if there is one. */
  get query(): Kysely<Tables> {
    this.#opened ??= this.#open()
    return this.#opened.query
  }

  get #dialect(): Dialect {
    this.#opened ??= this.#open()
    return this.#opened.dialect
  }

  get #source(): ConnectionSource {
    this.#opened ??= this.#open()
    return this.#opened.source
  }

  /** Whether this code runs in a transaction of this database. */
  get inTransaction(): boolean {
    const transaction = this.#transaction()
    return transaction !== undefined && !transaction.isEnded
  }

  get connections(): ConnectionStats {
    return this.#source.stats()
  }

  /**
   * Runs `work` in a transaction that every query below it takes part in, across calls and awaits. It commits when `work`
   * resolves, and takes everything back when it throws. Inside another one it is a part that can be taken back by itself.
   *
   * @throws ServiceError `SQL_SERIALIZATION` if other transactions were in the way at every attempt, `TRANSACTION_UNAWAITED`,
   *   `DATABASE_UNAVAILABLE` (whether it was committed is unknown if the connection was lost during the commit:
   *   `COMMIT_UNKNOWN`), `DATABASE_POOL_TIMEOUT`, and what `work` throws.
   */
  async transaction<T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> {
    const outer = this.#transaction()
    if (outer !== undefined) return await outer.nested((nested) => this.#runIn(nested, work, options), currentContext())
    if (this.#needed.size > 0 && options.readOnly !== true) await this.makeTables()
    return await this.#outermost(work, options)
  }

  async #outermost<T>(work: () => Promise<T>, options: TransactionOptions): Promise<T> {
    const { attempts = 3 } = options
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#attempt(work, options)
      } catch (error) {
        if (attempt >= attempts || !wasInTheWay(error)) throw error
        await this.#clock.sleep(Math.random() * 10 * 2 ** attempt, currentContext()?.signal)
      }
    }
  }

  /** Whether processes hear each other through this database: PostgreSQL. */
  get canListen(): boolean {
    return this.#dialect.listen !== undefined
  }

  /**
   * Calls `heard` at each notification of the channel that another process sends, and with nothing whenever the line stands (again): what
   * was sent before has passed. Takes a connection of its own. Nothing is promised of a notification: keep a poll as a net.
   *
   * Gives what ends it, at once. @throws ServiceError `CANNOT_LISTEN` where the database has no notifications.
   */
  listen(channel: string, heard: (payload: string) => void): () => void {
    const { listen } = this.#dialect
    if (listen === undefined) {
      throw new ServiceError(
        'CANNOT_LISTEN',
        `${this.dialect} sends no notifications; look in the table once in a while.`,
      )
    }
    const line = new NotificationLine({
      open: () => listen(channel, heard),
      heard: () => heard(''),
      clock: this.#clock,
    })
    return () => line.close()
  }

  /** Runs `hook` once the outermost transaction is committed; at once outside of any. What it throws is logged. */
  onCommit(hook: TransactionHook): void {
    const transaction = this.#transaction()
    if (transaction !== undefined) transaction.onCommit(hook)
    else
      void Promise.resolve()
        .then(hook)
        .catch((error: unknown) => this.#tellHookErrors([error]))
  }

  /** Runs `hook` when what was done here is taken back; never outside of a transaction. What it throws is logged. */
  onRollback(hook: TransactionHook): void {
    this.#transaction()?.onRollback(hook)
  }

  /**
   * Begins this database's part of a transaction over several (two-phase commit), named `gid`. `TwoPhaseCoordinator` calls it.
   *
   * @throws ServiceError `TWO_PHASE_UNSUPPORTED` on SQLite, `BAD_TRANSACTION` for a name of other than letters, digits and `_ . : -`.
   */
  async branch(gid: string): Promise<Branch> {
    const words = this.#twoPhase()
    const connection = await this.#source.acquire('write', currentContext())
    const release = (): void => this.#source.release(connection)
    try {
      await control(connection, words.begin(requireGid(gid)), currentContext())
    } catch (error) {
      release()
      throw error
    }
    const transaction = new Transaction(connection)
    return new Branch({
      gid,
      words,
      connection,
      transaction,
      release,
      within: (work) => this.#runIn(transaction, work, {}),
    })
  }

  /** Runs a statement where queries of this context run, for bridges to other libraries. @throws ServiceError as queries do. */
  async run(statement: Statement): Promise<StatementResult> {
    return await this.#run(statement)
  }

  /** Names of branches that are in doubt: prepared, and neither committed nor rolled back. */
  async branchesInDoubt(): Promise<string[]> {
    const { rows } = await this.#run({ sql: this.#twoPhase().list, parameters: [], isRead: true })
    return rows.map(({ gid, data }) => String(gid ?? data))
  }

  /** Ends a branch that another process prepared. */
  async settleBranch(gid: string, isCommitted: boolean): Promise<void> {
    const words = this.#twoPhase()
    const sql = isCommitted ? words.commit(requireGid(gid)) : words.rollback(requireGid(gid))
    await this.#run({ sql, parameters: [], isRead: false })
  }

  /** Says that a part of the framework keeps something here. Its tables are made at the start, or before the next transaction. */
  needs(tables: TableSet): void {
    if (!this.#made.has(tables)) this.#needed.add(tables)
  }

  /**
   * Makes the tables of the framework's parts where they are not there; many processes may do so at once. Where all are there, which
   * `genever migrate up --parts` can see to before, no right over the schema is needed.
   *
   * @throws ServiceError `TABLES_MISSING`, `MIGRATION_LOCKED`, `DATABASE_UNAVAILABLE`.
   */
  async makeTables(): Promise<void> {
    while (this.#needed.size > 0) {
      this.#making ??= this.#makeNeeded().finally(() => {
        this.#making = undefined
      })
      await this.#making
    }
  }

  /** @throws ServiceError `DATABASE_UNAVAILABLE` if it cannot be reached, `TABLES_MISSING`. */
  async start(): Promise<void> {
    await this.#ping()
    await this.makeTables()
  }

  async stop(signal?: AbortSignal): Promise<void> {
    await this.#opened?.source.close(signal)
  }

  async health(): Promise<ComponentHealth> {
    const startedMs = this.#clock.monotonic()
    const context = new Context({ timeoutMs: 2_000, clock: this.#clock })
    const error = await context.run(() => this.#ping()).then(() => undefined, toServiceError)
    context.finish()
    const latencyMs = this.#clock.monotonic() - startedMs
    const details = { dialect: this.dialect, ...this.connections }
    return error === undefined
      ? { status: 'UP', latencyMs, details }
      : { status: 'DOWN', error: error.message, latencyMs, details }
  }

  async #ping(): Promise<void> {
    await this.#run({ sql: 'select 1', parameters: [], isRead: true })
  }

  /** For all who wait for it, so that it is not given up with the first of them. */
  async #makeNeeded(): Promise<void> {
    const sets = [...this.#needed]
    const { dialect, query } = this
    const transaction = <T>(work: () => Promise<T>, options: TransactionOptions = {}): Promise<T> =>
      this.#outermost(work, options)
    await new Context({ clock: this.#clock }).run(() =>
      makeTables({ dialect, query: query as Kysely<unknown>, transaction }, sets),
    )
    for (const set of sets) {
      this.#needed.delete(set)
      this.#made.add(set)
    }
  }

  /** Hooks run when the connection is free again: they may want one themselves. */
  async #attempt<T>(work: () => Promise<T>, options: TransactionOptions): Promise<T> {
    const connection = await this.#source.acquire(options.readOnly === true ? 'read' : 'write', currentContext())
    const transaction = new Transaction(connection)
    let isCommitted = false
    try {
      const result = await this.#committed(connection, transaction, work, options)
      isCommitted = true
      return result
    } finally {
      this.#source.release(connection)
      this.#tellHookErrors(await transaction.settle(isCommitted))
    }
  }

  async #committed<T>(
    connection: Connection,
    transaction: Transaction,
    work: () => Promise<T>,
    options: TransactionOptions,
  ): Promise<T> {
    try {
      for (const sql of this.#dialect.begin(options)) await control(connection, sql, currentContext())
      const result = await this.#runIn(transaction, work, options)
      transaction.end()
      currentContext()?.throwIfCancelled()
      await commit(connection)
      return result
    } catch (error) {
      if (connection.isUsable) await control(connection, 'ROLLBACK').catch(() => connection.close())
      throw error
    }
  }

  async #runIn<T>(transaction: Transaction, work: () => Promise<T>, { timeoutMs }: TransactionOptions): Promise<T> {
    const context = new Context({ parent: currentContext(), timeoutMs, clock: this.#clock }).set(
      this.#current,
      transaction,
    )
    try {
      return await context.run(work)
    } finally {
      context.finish()
    }
  }

  #twoPhase(): TwoPhaseWords {
    if (this.#dialect.twoPhase !== undefined) return this.#dialect.twoPhase
    throw new ServiceError(
      'TWO_PHASE_UNSUPPORTED',
      `${this.dialect} cannot keep a transaction in doubt, as two-phase commit needs it; use a saga, or PostgreSQL or MySQL.`,
    )
  }

  #transaction(): Transaction | undefined {
    return currentContext()?.get(this.#current)
  }

  async #run(statement: Statement): Promise<StatementResult> {
    const place = this.#place()
    try {
      return await place.execute(statement)
    } finally {
      place.leave()
    }
  }

  /** Where the query that begins now runs. @throws ServiceError `TRANSACTION_ENDED` */
  #place(): QueryPlace {
    return this.#transaction()?.place(currentContext()) ?? new OwnConnection(this.#source, currentContext())
  }

  #tellHookErrors(errors: readonly unknown[]): void {
    for (const error of errors) this.#log.error('a hook of a transaction failed', { error, database: this.name })
  }
}

type SourceParts = Omit<DatabaseParts, 'dialect'> &
  Required<Pick<DatabaseParts, 'name' | 'log' | 'clock'>> & { readonly dialect: Dialect }

function sourceOf({ name, dialect, pool = {}, meter, log, slowQueryMs = 200, clock }: SourceParts): ConnectionSource {
  const telemetry = new QueryTelemetry({ name, dialect, meter, log, slowQueryMs, clock })
  const connect: Dialect['connect'] = async (use) => new ObservedConnection(await dialect.connect(use), telemetry)
  const { max = dialect.defaultMax } = pool
  const source = dialect.hasSingleWriter
    ? new SingleWriterSource({ connect }, { ...pool, max, clock })
    : new ConnectionPool({ ...pool, max, clock, connect: () => connect('write') })
  return meter === undefined ? source : new ObservedSource({ source, name, meter, clock })
}

function control(connection: Connection, sql: string, context?: Context): Promise<StatementResult> {
  return connection.execute({ sql, parameters: [], isRead: false }, context)
}

/** Not given up with the caller: a commit whose answer nobody awaits is neither done nor undone. */
async function commit(connection: Connection): Promise<void> {
  try {
    await control(connection, 'COMMIT')
  } catch (error) {
    if (connection.isUsable) throw error
    throw new ServiceError(
      'COMMIT_UNKNOWN',
      'The connection to the database was lost while it committed: the change may have been made or not. Look before you do it again.',
      { status: 503, retryable: false, cause: error },
    )
  }
}

function wasInTheWay(error: unknown): boolean {
  return error instanceof ServiceError && (error.code === 'SQL_SERIALIZATION' || error.code === 'SQL_BUSY')
}
