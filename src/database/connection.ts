/** Connection: one session with a database, used by one piece of work at a time. */
import type { Context } from '../foundation/context/context.ts'

export interface Statement {
  readonly sql: string
  /** In the order of their places in `sql`. */
  readonly parameters: readonly unknown[]
  /** Whether it only reads, so that it may run where nothing can be written. */
  readonly isRead: boolean
  /** Rows are lists of values, which stay as the database sends them: another library reads them in its own way. Default false. */
  readonly asLists?: boolean
}

export interface StatementResult {
  /** Empty where the statement returns none. */
  readonly rows: Record<string, unknown>[]
  /** Instead of `rows`, where lists were asked for. */
  readonly lists?: unknown[][]
  /** Inserted, updated or deleted; absent for what only reads. */
  readonly affectedRows?: bigint
  /** Of the last row inserted into a table that numbers its rows, where the database says it. */
  readonly insertId?: bigint
}

/**
 * What it throws is a ServiceError: `SQL_CONSTRAINT`, `SQL_SERIALIZATION` and `SQL_BUSY` (both may be tried again),
 * `SQL_PARAMETER`, `SQL_FAILED`, `DATABASE_UNAVAILABLE` when the session is lost, or why the context was cancelled.
 */
export interface Connection {
  /** False once the session is lost or its state unknown: it must not be used for other work. */
  readonly isUsable: boolean
  /** Ends at the context's deadline; a session whose statement was given up is not usable any more unless the database said that it stopped. */
  execute(statement: Statement, context?: Context): Promise<StatementResult>
  /** Row by row in pieces of at most `pieceRows` rows; ending the iteration early ends the statement. */
  stream(statement: Statement, pieceRows: number, context?: Context): AsyncIterableIterator<StatementResult>
  /** At once; what runs fails. */
  close(): void
}
