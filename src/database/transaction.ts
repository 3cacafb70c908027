/**
 * Transaction: statements on one connection that take effect together or not at all.
 *
 *   BEGIN ─▶ statements, one after the other ─▶ COMMIT ─▶ onCommit
 *              │                                  └─ any throw ─▶ ROLLBACK ─▶ onRollback
 *              └─ nested: SAVEPOINT ─▶ … ─▶ RELEASE (its hooks join ours) │ ROLLBACK TO ─▶ its onRollback
 *
 * What belongs to a level runs in order: while a nested one is open, the statements of the level around it wait, since they
 * would otherwise be taken back with it.
 */
import { Mutex } from '../concurrency/mutex.ts'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Connection, Statement, StatementResult } from './connection.ts'
import type { QueryPlace } from './query-place.ts'

export type TransactionHook = () => void | Promise<void>

export class Transaction {
  readonly #connection: Connection
  readonly #depth: number
  readonly #turn = new Mutex()
  readonly #commitHooks: TransactionHook[] = []
  readonly #rollbackHooks: TransactionHook[] = []
  /** Statements and nested transactions that have begun or wait for their turn. */
  #pending = 0
  #ended = false

  constructor(connection: Connection, depth = 0) {
    this.#connection = connection
    this.#depth = depth
  }

  get isEnded(): boolean {
    return this.#ended
  }

  onCommit(hook: TransactionHook): void {
    this.#requireOpen()
    this.#commitHooks.push(hook)
  }

  onRollback(hook: TransactionHook): void {
    this.#requireOpen()
    this.#rollbackHooks.push(hook)
  }

  /** For a query that begins now: from here on it must have ended before the transaction may. @throws ServiceError `TRANSACTION_ENDED` */
  place(context: Context | undefined): QueryPlace {
    this.#requireOpen()
    this.#pending++
    return {
      execute: (statement) => this.#inTurn(() => this.#connection.execute(statement, context), context),
      stream: (statement, pieceRows) => this.#stream(statement, pieceRows, context),
      leave: () => void this.#pending--,
    }
  }

  /** `work` gets the nested transaction; what it throws takes back what it did and goes on. */
  async nested<T>(work: (nested: Transaction) => Promise<T>, context?: Context): Promise<T> {
    this.#requireOpen()
    this.#pending++
    try {
      return await this.#inTurn(() => this.#savepoint(work), context)
    } finally {
      this.#pending--
    }
  }

  /** No statement is taken any more. @throws ServiceError `TRANSACTION_UNAWAITED` if something was begun and not awaited. */
  end(): void {
    this.#ended = true
    if (this.#pending === 0) return
    throw new ServiceError(
      'TRANSACTION_UNAWAITED',
      `A transaction's function returned while ${this.#pending} of its statements had not ended; nothing was committed. Await each of them: it could not be told whether they are part of it.`,
    )
  }

  /** After the commit, or the rollback; gives the errors of the hooks. */
  settle(committed: boolean): Promise<unknown[]> {
    this.#ended = true
    return runHooks(committed ? this.#commitHooks : this.#rollbackHooks)
  }

  async #savepoint<T>(work: (nested: Transaction) => Promise<T>): Promise<T> {
    const savepoint = `genever_${this.#depth + 1}`
    const nested = new Transaction(this.#connection, this.#depth + 1)
    await this.#control(`SAVEPOINT ${savepoint}`)
    try {
      const result = await work(nested)
      nested.end()
      await this.#control(`RELEASE SAVEPOINT ${savepoint}`)
      this.#commitHooks.push(...nested.#commitHooks)
      this.#rollbackHooks.push(...nested.#rollbackHooks)
      return result
    } catch (error) {
      nested.#ended = true
      await this.#takeBack(savepoint)
      await runHooks(nested.#rollbackHooks)
      throw error
    }
  }

  /** Each piece has its turn, so that other statements may run between two of them. */
  async *#stream(
    statement: Statement,
    pieceRows: number,
    context: Context | undefined,
  ): AsyncIterableIterator<StatementResult> {
    const pieces = this.#connection.stream(statement, pieceRows, context)
    try {
      for (;;) {
        const piece = await this.#inTurn(() => pieces.next(), context)
        if (piece.done === true) return
        yield piece.value
      }
    } finally {
      await pieces.return?.()
    }
  }

  #inTurn<T>(work: () => Promise<T>, context: Context | undefined): Promise<T> {
    return this.#turn.run(() => {
      this.#requireOpen()
      return work()
    }, context)
  }

  /** The end of a savepoint must be said even to a database whose caller has given up. */
  #control(sql: string): Promise<StatementResult> {
    return this.#connection.execute({ sql, parameters: [], isRead: false })
  }

  /** Where it fails the connection is lost, and with it the whole transaction: its own rollback will say so. */
  async #takeBack(savepoint: string): Promise<void> {
    if (!this.#connection.isUsable) return
    await this.#control(`ROLLBACK TO SAVEPOINT ${savepoint}`).catch(() => undefined)
    await this.#control(`RELEASE SAVEPOINT ${savepoint}`).catch(() => undefined)
  }

  #requireOpen(): void {
    if (!this.#ended) return
    throw new ServiceError(
      'TRANSACTION_ENDED',
      'The transaction that this code runs in has ended. Await everything that a transaction starts, or start what shall outlive it from its onCommit().',
    )
  }
}

/** Each runs, whatever another throws; the errors are for the log. */
async function runHooks(hooks: readonly TransactionHook[]): Promise<unknown[]> {
  const errors: unknown[] = []
  for (const hook of hooks) {
    try {
      await hook()
    } catch (error) {
      errors.push(error)
    }
  }
  return errors
}
