/** PostgresConnection: a session with a PostgreSQL server. */
import type { Client, QueryResult } from 'pg'
import type { Context } from '../../foundation/context/context.ts'
import type { Connection, Statement, StatementResult } from '../connection.ts'
import { statementTooLong } from '../database-error.ts'
import { LateStatement, type StoppableSession } from '../internal/late-statement.ts'
import { isCancelled, postgresError } from './postgres-errors.ts'
import { plainTextOfType, readerOfType, toPostgres } from './postgres-values.ts'

export interface PostgresSession extends StoppableSession {
  readonly client: Client
  /** How the driver reads texts by itself. */
  readonly types: TypeReaders
}

/** The driver's own interface for it. */
interface TypeReaders {
  getTypeParser(type: number, format?: string): (text: string) => unknown
}

export class PostgresConnection implements Connection {
  readonly #session: PostgresSession
  readonly #types: TypeReaders
  /** For other libraries, which read moments from the server's text. */
  readonly #texts: TypeReaders
  #isLost = false
  /** Whether a transaction is open, from what was sent. */
  #inTransaction = false

  constructor(session: PostgresSession) {
    this.#session = session
    this.#types = {
      getTypeParser: (type, format) =>
        (format === 'binary' ? undefined : readerOfType(type)) ?? session.types.getTypeParser(type, format),
    }
    this.#texts = {
      getTypeParser: (type, format) =>
        (format === 'binary' ? undefined : plainTextOfType(type)) ?? session.types.getTypeParser(type, format),
    }
    session.client.on('error', () => this.close())
    session.client.on('end', () => this.close())
  }

  get isUsable(): boolean {
    return !this.#isLost
  }

  async execute(statement: Statement, context?: Context): Promise<StatementResult> {
    const { command, rowCount, rows } = await this.#send(statement, context)
    this.#follow(command)
    // With `rowMode: 'array'` the driver's rows are lists, whatever its types say.
    const read = statement.asLists === true ? { rows: [], lists: rows as unknown[][] } : { rows }
    return { ...read, ...(command !== 'SELECT' && { affectedRows: BigInt(rowCount ?? 0) }) }
  }

  /** By a cursor of the server, which lives in a transaction: one is opened where there is none. */
  async *stream(statement: Statement, pieceRows: number, context?: Context): AsyncIterableIterator<StatementResult> {
    const ownsTransaction = !this.#inTransaction
    const cursor = `genever_${++cursors}`
    if (ownsTransaction) await this.#tell('BEGIN', context)
    try {
      await this.#send({ ...statement, sql: `DECLARE ${cursor} NO SCROLL CURSOR FOR ${statement.sql}` }, context)
      for (;;) {
        const { rows } = await this.#tell(`FETCH ${Math.max(1, Math.trunc(pieceRows))} FROM ${cursor}`, context)
        if (rows.length === 0) break
        yield { rows }
      }
    } finally {
      if (this.isUsable) await this.#tell(ownsTransaction ? 'ROLLBACK' : `CLOSE ${cursor}`).catch(() => undefined)
    }
  }

  close(): void {
    if (this.#isLost) return
    this.#isLost = true
    // Without waiting for a server that may not answer any more.
    this.#session.client.end().catch(() => undefined)
    this.#session.client.connection?.stream?.destroy()
  }

  #tell(sql: string, context?: Context): Promise<StatementResult> {
    return this.execute({ sql, parameters: [], isRead: false }, context)
  }

  #follow(command: string): void {
    if (command === 'BEGIN') this.#inTransaction = true
    else if (command === 'COMMIT' || command === 'ROLLBACK') this.#inTransaction = false
  }

  async #send({ sql, parameters, asLists = false }: Statement, context: Context | undefined): Promise<QueryResult> {
    context?.throwIfCancelled()
    const { client } = this.#session
    if (this.#isLost) throw postgresError(new Error('the session is closed'), true)
    const late = new LateStatement(this.#session, context, () => this.close())
    try {
      return await late.answer(
        client.query({
          text: sql,
          values: parameters.map(toPostgres),
          ...(asLists ? { types: this.#texts, rowMode: 'array' } : { types: this.#types }),
        }),
      )
    } catch (error) {
      if (isCancelled(error)) throw late.reason ?? statementTooLong(error)
      throw postgresError(error, this.#isLost)
    }
  }
}

let cursors = 0
