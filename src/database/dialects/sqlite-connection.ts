/**
 * SqliteConnection: a session with a file. Each statement runs in microseconds on this thread; what waits is only the lock
 * of another process, and that without blocking.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { Context } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { openSql, type SqlDatabase, type SqlRow, type SqlStatement } from '../../platform/sql.ts'
import type { Connection, Statement, StatementResult } from '../connection.ts'
import { constraintBroken } from '../database-error.ts'
import { plainInteger, type ReadValue, readerOf, toSqlite } from './sqlite-values.ts'

export interface SqliteConnectionOptions {
  readonly path: string
  readonly isReader: boolean
  /** How long to wait for the lock of another process, in milliseconds. */
  readonly busyTimeoutMs: number
  /** Columns, as `table.column`, that are read as bigints whatever they declare. */
  readonly bigints?: ReadonlySet<string>
  readonly clock?: Clock
}

/** Compiled statements that are kept, the oldest first. */
const keptStatements = 256

interface Prepared {
  readonly statement: SqlStatement
  readonly readers: readonly (readonly [name: string, read: ReadValue])[]
}

export class SqliteConnection implements Connection {
  readonly #database: SqlDatabase
  readonly #busyTimeoutMs: number
  readonly #clock: Clock
  readonly #bigints: ReadonlySet<string> | undefined
  readonly #prepared = new Map<string, Prepared>()
  #isOpen = true

  constructor({ path, isReader, busyTimeoutMs, bigints, clock = systemClock }: SqliteConnectionOptions) {
    // 0: SQLite would wait by blocking this thread.
    this.#database = openSql(path, { busyTimeoutMs: 0, integers: 'bigint' })
    if (isReader) this.#database.exec('PRAGMA query_only = ON')
    this.#busyTimeoutMs = busyTimeoutMs
    this.#clock = clock
    this.#bigints = bigints
  }

  get isUsable(): boolean {
    return this.#isOpen
  }

  async execute(statement: Statement, context?: Context): Promise<StatementResult> {
    context?.throwIfCancelled()
    const giveUpMs = this.#clock.monotonic() + this.#busyTimeoutMs
    for (let delayMs = 1; ; delayMs = Math.min(delayMs * 2, 50)) {
      try {
        return this.#run(statement)
      } catch (error) {
        if (!isBusy(error) || this.#clock.monotonic() + delayMs > giveUpMs) throw translated(error)
      }
      await this.#clock.sleep(delayMs * (0.5 + Math.random() / 2), context?.signal)
    }
  }

  async *stream(
    { sql, parameters }: Statement,
    pieceRows: number,
    context?: Context,
  ): AsyncIterableIterator<StatementResult> {
    // A statement of its own: one that is kept could be run again before this iteration has ended.
    const { statement, readers } = this.#compile(sql)
    let rows: SqlRow[] = []
    for (const row of statement.iterate(parameters.map(toSqlite))) {
      rows.push(row)
      if (rows.length < pieceRows) continue
      context?.throwIfCancelled()
      yield { rows: read(rows, readers) }
      rows = []
    }
    if (rows.length > 0) yield { rows: read(rows, readers) }
  }

  close(): void {
    this.#isOpen = false
    this.#prepared.clear()
    this.#database.close()
  }

  #run({ sql, parameters, asLists = false }: Statement): StatementResult {
    if (asLists) return this.#lists(sql, parameters)
    const { statement, readers } = this.#kept(sql)
    const values = parameters.map(toSqlite)
    if (readers.length > 0) {
      const rows = read(statement.all(values), readers)
      return { rows, affectedRows: BigInt(rows.length) }
    }
    const { changes, lastInsertId } = statement.run(values)
    return { rows: [], affectedRows: BigInt(changes), insertId: BigInt(lastInsertId) }
  }

  #lists(sql: string, parameters: readonly unknown[]): StatementResult {
    const statement = this.#database.prepare(sql)
    const values = parameters.map(toSqlite)
    if (statement.columns.length === 0) {
      const { changes, lastInsertId } = statement.run(values)
      return { rows: [], lists: [], affectedRows: BigInt(changes), insertId: BigInt(lastInsertId) }
    }
    return { rows: [], lists: statement.lists(values).map((line) => line.map(plainInteger)) }
  }

  #kept(sql: string): Prepared {
    const known = this.#prepared.get(sql)
    if (known !== undefined) return known
    const prepared = this.#compile(sql)
    this.#prepared.set(sql, prepared)
    const [oldest] = this.#prepared.keys()
    if (this.#prepared.size > keptStatements && oldest !== undefined) this.#prepared.delete(oldest)
    return prepared
  }

  #compile(sql: string): Prepared {
    const statement = this.#database.prepare(sql)
    return { statement, readers: statement.columns.map((column) => [column.name, readerOf(column, this.#bigints)]) }
  }
}

function read(rows: readonly SqlRow[], readers: Prepared['readers']): Record<string, unknown>[] {
  return rows.map((row) => {
    const result: Record<string, unknown> = {}
    for (const [name, readValue] of readers) {
      const value = row[name]
      result[name] = value === undefined || value === null ? null : readValue(value)
    }
    return result
  })
}

function isBusy(error: unknown): boolean {
  return error instanceof ServiceError && error.code === 'SQL_BUSY'
}

/** What kind of rule was broken SQLite says in words only. */
function translated(error: unknown): unknown {
  if (!(error instanceof ServiceError) || error.code !== 'SQL_CONSTRAINT') return error
  const words = error.cause instanceof Error ? error.cause.message : ''
  const [, rule = '', constraint] = /^(\w+(?: \w+)?) constraint failed(?:: (.*))?$/.exec(words) ?? []
  const kind = kinds[rule.toLowerCase()] ?? 'other'
  return constraintBroken({ kind, constraint }, error.cause)
}

const kinds: Readonly<Record<string, 'unique' | 'foreign key' | 'not null' | 'check'>> = {
  unique: 'unique',
  'foreign key': 'foreign key',
  'not null': 'not null',
  check: 'check',
}
