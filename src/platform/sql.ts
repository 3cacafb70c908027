/**
 * Embedded SQL: SQLite in this process, through the `node:sqlite` that both runtimes have.
 *
 *   openSql(path) ─▶ exec │ prepare ─▶ run │ get │ all │ iterate │ transaction(work) ─▶ close
 *
 * Everything is synchronous and takes microseconds; a connection belongs to one thread. What is written is on the disk
 * when the call returns: WAL with `synchronous = FULL`, so that a power failure loses nothing that was committed.
 */
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { builtinModule } from './builtin-module.ts'
import { SqlTransaction } from './sql-transaction.ts'

export type SqlValue = null | number | bigint | string | Uint8Array

/** By position for `?`, or by name, with or without its `:`, `$` or `@`. A declared one that is not given is NULL. */
export type SqlParameters = readonly SqlValue[] | Readonly<Record<string, SqlValue>>

/** Columns by name; an object without a prototype. Blobs are Uint8Arrays. */
export type SqlRow = Record<string, SqlValue>

export interface SqlOptions {
  /** Default false. The file must exist then. */
  readOnly?: boolean
  /** How long to wait for another connection's lock; default 5,000. 0 fails at once. It blocks the thread. */
  busyTimeoutMs?: number
  /**
   * How integers are read: `number` (default) fails on one that a number cannot hold exactly (beyond 2 ** 53 - 1), `bigint`
   * reads all of them as bigint. Either may be written.
   */
  integers?: 'number' | 'bigint'
}

export interface SqlDatabase {
  /** Runs statements without parameters or results. */
  exec(sql: string): void
  /** Compiles one statement, to be run as often as needed. `integers` overrides the database's own. */
  prepare<Row extends object = SqlRow>(sql: string, options?: Pick<SqlOptions, 'integers'>): SqlStatement<Row>
  /**
   * Commits what `work` did, or takes all of it back if it throws, and passes its result or error on. Inside another
   * transaction it is a part that can be taken back by itself (a savepoint). `work` must be synchronous: another user of
   * the connection would otherwise end up inside the transaction.
   *
   * @throws ServiceError `SQL_ASYNC_TRANSACTION` if `work` returns a promise; what it did until then is taken back.
   */
  transaction<T>(work: () => T): T
  readonly inTransaction: boolean
  /** Statements are of no use afterwards. Closing twice does nothing. */
  close(): void
}

/**
 * All of these throw a ServiceError: `SQL_CONSTRAINT` (409), `SQL_BUSY` (503, may be retried), `SQL_PARAMETER` for a
 * value that SQLite does not know, `SQL_INTEGER` for one that a number cannot hold, `SQL_FAILED` for anything else.
 */
export interface SqlStatement<Row extends object = SqlRow> {
  run(parameters?: SqlParameters): SqlChange
  /** The first row, or undefined. */
  get(parameters?: SqlParameters): Row | undefined
  all(parameters?: SqlParameters): Row[]
  /** All rows as lists, in the order of the columns, of which several may have one name. */
  lists(parameters?: SqlParameters): SqlValue[][]
  /** What it returns: none for one that only changes. `type` is as the table declares it, absent for an expression. */
  readonly columns: readonly SqlColumn[]
  /** Row by row; the statement must not be run again before the iteration has ended. */
  iterate(parameters?: SqlParameters): IterableIterator<Row>
}

export interface SqlColumn {
  readonly name: string
  readonly type: string | undefined
  /** Where it comes from, as `table.column`; absent for an expression. */
  readonly origin?: string
}

export interface SqlChange {
  /** Rows that were inserted, updated or deleted. */
  readonly changes: number
  /** Row id of the last insert of this connection; a bigint where integers are. */
  readonly lastInsertId: number | bigint
}

/**
 * Opens or creates the database in the file `path`; `:memory:` is one that ends with the connection.
 *
 * @throws ServiceError `SQL_FAILED` if it cannot be opened or is no database.
 */
export function openSql(path: string, options: SqlOptions = {}): SqlDatabase {
  const { readOnly = false, busyTimeoutMs = 5_000 } = options
  const { DatabaseSync } = builtinModule('node:sqlite')
  return translated(() => {
    const native = new DatabaseSync(path, { readOnly, timeout: busyTimeoutMs, enableForeignKeyConstraints: true })
    try {
      native.exec(readOnly ? checkPragma : durablePragmas)
    } catch (error) {
      native.close()
      throw error
    }
    return new EmbeddedDatabase(native, options)
  })
}

/** The journal mode is kept in the file: a reader finds it as it is. */
const durablePragmas = 'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL'
/** Reads the file, so that one which is no database is refused at once. */
const checkPragma = 'PRAGMA schema_version'

class EmbeddedDatabase implements SqlDatabase {
  readonly #native: DatabaseSync
  readonly #integers: 'number' | 'bigint'
  readonly #transaction: SqlTransaction

  constructor(native: DatabaseSync, { integers = 'number' }: SqlOptions) {
    this.#native = native
    this.#integers = integers
    this.#transaction = new SqlTransaction((sql) => this.exec(sql))
  }

  exec(sql: string): void {
    translated(() => this.#native.exec(sql))
  }

  prepare<Row extends object>(sql: string, options?: Pick<SqlOptions, 'integers'>): SqlStatement<Row> {
    const integers = options?.integers ?? this.#integers
    return translated(() => {
      const native = this.#native.prepare(sql)
      if (integers === 'bigint') native.setReadBigInts(true)
      return new EmbeddedStatement<Row>(native)
    })
  }

  transaction<T>(work: () => T): T {
    return this.#transaction.run(work)
  }

  get inTransaction(): boolean {
    return this.#native.isOpen && this.#native.isTransaction
  }

  close(): void {
    if (this.#native.isOpen) this.#native.close()
  }
}

class EmbeddedStatement<Row extends object> implements SqlStatement<Row> {
  readonly #native: StatementSync

  constructor(native: StatementSync) {
    this.#native = native
  }

  run(parameters?: SqlParameters): SqlChange {
    const { changes, lastInsertRowid } = translated(() => this.#native.run(...bound(parameters)))
    return { changes: Number(changes), lastInsertId: lastInsertRowid }
  }

  get(parameters?: SqlParameters): Row | undefined {
    return translated(() => this.#native.get(...bound(parameters))) as Row | undefined
  }

  all(parameters?: SqlParameters): Row[] {
    return translated(() => this.#native.all(...bound(parameters))) as Row[]
  }

  lists(parameters?: SqlParameters): SqlValue[][] {
    return translated(() => {
      this.#native.setReturnArrays(true)
      try {
        // The types of node:sqlite know rows as objects alone.
        return this.#native.all(...bound(parameters)) as unknown as SqlValue[][]
      } finally {
        this.#native.setReturnArrays(false)
      }
    })
  }

  get columns(): readonly SqlColumn[] {
    return translated(() => this.#native.columns()).map(({ name, type, table, column }) => ({
      name,
      type: type ?? undefined,
      ...(table !== null && column !== null && { origin: `${table}.${column}` }),
    }))
  }

  *iterate(parameters?: SqlParameters): IterableIterator<Row> {
    const rows = translated(() => this.#native.iterate(...bound(parameters)))
    for (;;) {
      const { done, value } = translated(() => rows.next())
      if (done) return
      yield value as Row
    }
  }
}

/** Both runtimes take an object that is no list for named parameters and bind a Date, say, as NULL; here it is refused. */
function bound(parameters: SqlParameters | undefined): SqlValue[] {
  if (parameters === undefined) return []
  if (isList(parameters)) {
    parameters.forEach(check)
    return [...parameters]
  }
  for (const [name, value] of Object.entries(parameters)) check(value, name)
  // The types of node:sqlite know named parameters in first place only, which a spread cannot show.
  return [parameters as unknown as SqlValue]
}

function isList(parameters: SqlParameters): parameters is readonly SqlValue[] {
  return Array.isArray(parameters)
}

function check(value: unknown, place: number | string): void {
  if (typeof value === 'string' || value === null || typeof value === 'bigint' || value instanceof Uint8Array) return
  if (typeof value === 'number' && !Number.isNaN(value)) return
  const which = typeof place === 'number' ? place + 1 : place
  const kind = typeof value === 'object' ? (value?.constructor?.name ?? 'object') : String(typeof value)
  throw new ServiceError(
    'SQL_PARAMETER',
    `SQL parameter ${which} is ${Number.isNaN(value) ? 'NaN' : `of type ${kind}`}; expected null, a number, a bigint, a string or a Uint8Array.`,
  )
}

const sqliteBusy = 5
const sqliteLocked = 6
const sqliteConstraint = 19

function translated<T>(call: () => T): T {
  try {
    return call()
  } catch (error) {
    throw error instanceof ServiceError ? error : sqlError(error)
  }
}

/** SQLite's own words name tables, columns and statements: they stay in the cause, which is logged and never sent. */
function sqlError(cause: unknown): ServiceError {
  // The lower byte is the kind, the rest says more about it.
  const kind = primaryCode(cause) & 0xff
  if (kind === sqliteConstraint) {
    return new ServiceError(
      'SQL_CONSTRAINT',
      'The change breaks a rule of the database, such as a value that must be unique.',
      {
        status: 409,
        cause,
      },
    )
  }
  if (kind === sqliteBusy || kind === sqliteLocked) {
    return new ServiceError('SQL_BUSY', 'Another connection held its lock on the database for too long.', {
      status: 503,
      cause,
    })
  }
  if (cause instanceof RangeError) {
    const advice = "read it with `integers: 'bigint'`"
    return new ServiceError(
      'SQL_INTEGER',
      `The database holds an integer that a number cannot hold exactly; ${advice}.`,
      { cause },
    )
  }
  return new ServiceError('SQL_FAILED', 'The database refused the statement; the cause says why.', { cause })
}

function primaryCode(error: unknown): number {
  const code = error instanceof Error && 'errcode' in error ? error.errcode : 0
  return typeof code === 'number' ? code : 0
}
