/**
 * PostgresConnection: a session with a PostgreSQL server.
 *
 *   statement ─▶ answer
 *        └─ deadline, cancellation ─▶ cancel request ─▶ the server stops it: the session goes on
 *                                          └─ no word within a second ─▶ the session is dropped
 */
import type { Client, QueryResult } from 'pg'
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { Context } from '../../foundation/context/context.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Connection, Statement, StatementResult } from '../connection.ts'
import { statementTooLong } from '../database-error.ts'
import { isCancelled, postgresError } from './postgres-errors.ts'
import { readerOfType, toPostgres } from './postgres-values.ts'

export interface PostgresSession {
  readonly client: Client
  readonly clock: Clock
  /** For a statement whose context has no nearer deadline, in milliseconds. */
  readonly statementTimeoutMs: number
  /** Asks the server, on a connection of its own, to stop what this session does. */
  cancel(): Promise<void>
}

/** How long the server may take to say that it has stopped. */
const cancelGraceMs = 1_000

export class PostgresConnection implements Connection {
  readonly #session: PostgresSession
  readonly #types: { getTypeParser(type: number, format?: string): (text: string) => unknown }
  #isLost = false
  /** Whether a transaction is open, from what was sent. */
  #inTransaction = false

  constructor(session: PostgresSession, defaultTypes: PostgresConnection['types']) {
    this.#session = session
    this.#types = {
      getTypeParser: (type, format) =>
        (format === 'binary' ? undefined : readerOfType(type)) ?? defaultTypes.getTypeParser(type, format),
    }
    session.client.on('error', () => this.close())
    session.client.on('end', () => this.close())
  }

  /** Only its type is of use: how texts are read. */
  declare readonly types: { getTypeParser(type: number, format?: string): (text: string) => unknown }

  get isUsable(): boolean {
    return !this.#isLost
  }

  async execute(statement: Statement, context?: Context): Promise<StatementResult> {
    const { command, rowCount, rows } = await this.#send(statement, context)
    this.#follow(command)
    return { rows, ...(command !== 'SELECT' && { affectedRows: BigInt(rowCount ?? 0) }) }
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

  async #send({ sql, parameters }: Statement, context: Context | undefined): Promise<QueryResult> {
    context?.throwIfCancelled()
    if (this.#isLost) throw postgresError(new Error('the session is closed'), true)
    const answer = this.#session.client.query({ text: sql, values: parameters.map(toPostgres), types: this.#types })
    const watch = this.#stopWhenLate(answer, context)
    try {
      return await Promise.race([answer, watch.lost])
    } catch (error) {
      throw isCancelled(error) ? (watch.reason() ?? statementTooLong(error)) : postgresError(error, this.#isLost)
    } finally {
      watch.end()
    }
  }

  /** Stops the statement when it is late or nobody waits for it; `lost` rejects if the server does not say that it stopped. */
  #stopWhenLate(answer: Promise<unknown>, context: Context | undefined): LateWatch {
    const { clock, statementTimeoutMs, cancel } = this.#session
    const lost = Promise.withResolvers<never>()
    lost.promise.catch(() => undefined)
    answer.catch(() => undefined)
    let reason: ServiceError | undefined
    let cancelGrace: CancelTimer | undefined
    const stop = (why: ServiceError): void => {
      if (reason !== undefined) return
      reason = why
      cancel().catch(() => undefined)
      cancelGrace = clock.schedule(cancelGraceMs, () => {
        this.close()
        lost.reject(why)
      })
    }
    const leaveContext = context?.onCancel(stop)
    const cancelTimer = clock.schedule(statementTimeoutMs, () => stop(statementTooLong()))
    return {
      lost: lost.promise,
      reason: () => reason,
      end() {
        leaveContext?.()
        cancelTimer()
        cancelGrace?.()
      },
    }
  }
}

interface LateWatch {
  readonly lost: Promise<never>
  /** Why the statement was stopped, if it was. */
  reason(): ServiceError | undefined
  end(): void
}

let cursors = 0
