/** MysqlConnection: a session with a MySQL or MariaDB server. */
import type { Connection as Client, QueryOptions, QueryResult } from 'mysql2'
import type { Context } from '../../foundation/context/context.ts'
import type { Connection, Statement, StatementResult } from '../connection.ts'
import { statementTooLong } from '../database-error.ts'
import { LateStatement, type StoppableSession } from '../internal/late-statement.ts'
import { isFatal, isInterrupted, mysqlError } from './mysql-errors.ts'
import { plainText, toMysql } from './mysql-values.ts'

export interface MysqlSession extends StoppableSession {
  readonly client: Client
}

export class MysqlConnection implements Connection {
  readonly #session: MysqlSession
  #isLost = false
  /** What is under way, to be rejected: on Bun the driver does not hear of a socket that closed while it was idle. */
  readonly #running = new Set<(error: unknown) => void>()

  constructor(session: MysqlSession) {
    this.#session = session
    session.client.on('error', () => this.close())
    session.client.on('end', () => this.close())
    streamOf(session.client).on('close', () => this.close())
  }

  get isUsable(): boolean {
    return !this.#isLost
  }

  async execute({ sql, parameters, asLists }: Statement, context?: Context): Promise<StatementResult> {
    context?.throwIfCancelled()
    if (this.#isLost) throw mysqlError(new Error('the session is closed'), true)
    const late = new LateStatement(this.#session, context, () => this.close())
    try {
      const options = asLists === true ? { sql, rowsAsArray: true, typeCast: plainText } : { sql }
      return resultOf(await late.answer(this.#query({ ...options, values: parameters.map(toMysql) })), asLists)
    } catch (error) {
      if (isInterrupted(error)) throw late.reason ?? statementTooLong(error)
      if (isFatal(error)) this.close()
      throw mysqlError(error, this.#isLost)
    }
  }

  /** The protocol sends a result whole before it takes another statement: it is read into memory, and given in pieces. */
  async *stream(statement: Statement, pieceRows: number, context?: Context): AsyncIterableIterator<StatementResult> {
    const { rows } = await this.execute(statement, context)
    for (let from = 0; from < rows.length; from += pieceRows) yield { rows: rows.slice(from, from + pieceRows) }
  }

  close(): void {
    if (this.#isLost) return
    this.#isLost = true
    // Without waiting for a server that may not answer any more.
    this.#session.client.destroy()
    for (const reject of this.#running) reject(new Error('the connection was closed'))
    this.#running.clear()
  }

  #query(options: QueryOptions): Promise<QueryResult> {
    return new Promise((resolve, reject) => {
      this.#running.add(reject)
      this.#session.client.query(options, (error, result) => {
        this.#running.delete(reject)
        if (error === null) resolve(result)
        else reject(error)
      })
    })
  }
}

function resultOf(result: QueryResult, asLists = false): StatementResult {
  if (asLists && Array.isArray(result)) return { rows: [], lists: result as unknown[][] }
  // A list is what a query returns: rows, since several statements at once are not allowed.
  if (Array.isArray(result)) return { rows: result as Record<string, unknown>[] }
  const { affectedRows, insertId } = result
  return { rows: [], affectedRows: BigInt(affectedRows), ...(insertId !== 0 && { insertId: BigInt(insertId) }) }
}

/** Part of the driver's connection, and not of its types. */
function streamOf(client: Client): { on(event: 'close', listener: () => void): void } {
  return (client as Client & { readonly stream: { on(event: 'close', listener: () => void): void } }).stream
}
