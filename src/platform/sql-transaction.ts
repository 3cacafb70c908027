/**
 * Transactions on one connection: the outermost is the database's own, those inside are savepoints.
 *
 *   run ─▶ BEGIN IMMEDIATE ─▶ work ──returns──▶ COMMIT
 *            │ SAVEPOINT         └──throws────▶ ROLLBACK │ ROLLBACK TO, then the error goes on
 */
import { ServiceError } from '../foundation/errors/service-error.ts'

export class SqlTransaction {
  readonly #exec: (sql: string) => void
  #depth = 0

  constructor(exec: (sql: string) => void) {
    this.#exec = exec
  }

  run<T>(work: () => T): T {
    const outermost = this.#depth === 0
    const savepoint = `level_${this.#depth}`
    // The write lock at once: a lock that is asked for later, behind a read, fails without waiting when another has it.
    this.#exec(outermost ? 'BEGIN IMMEDIATE' : `SAVEPOINT ${savepoint}`)
    this.#depth++
    let result: T
    try {
      result = synchronous(work())
      this.#exec(outermost ? 'COMMIT' : `RELEASE ${savepoint}`)
    } catch (error) {
      this.#rollBack(outermost ? 'ROLLBACK' : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`)
      throw error
    } finally {
      this.#depth--
    }
    return result
  }

  /** After some errors SQLite has rolled back by itself; the error to tell is the first one. */
  #rollBack(sql: string): void {
    try {
      this.#exec(sql)
    } catch {
      // Nothing is left to roll back.
    }
  }
}

function synchronous<T>(result: T): T {
  if (!(result instanceof Promise)) return result
  result.catch(() => undefined)
  throw new ServiceError(
    'SQL_ASYNC_TRANSACTION',
    'A transaction’s work returned a promise; expected it to be done when it returns. Await before or after the transaction.',
  )
}
