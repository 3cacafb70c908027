/**
 * Branch: this database's part of a transaction over several databases (two-phase commit).
 *
 *   begin ─▶ run(work) ─▶ prepare ─▶ in doubt: kept by the server, over restarts, until somebody decides ─▶ commit │ roll back
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Connection } from './connection.ts'
import type { TwoPhaseWords } from './dialect.ts'
import type { Transaction } from './transaction.ts'

export interface BranchParts {
  readonly gid: string
  readonly words: TwoPhaseWords
  readonly connection: Connection
  readonly transaction: Transaction
  /** Runs `work` with the transaction in the context. */
  readonly within: <T>(work: () => Promise<T>) => Promise<T>
  /** The connection is not needed any more. */
  readonly release: () => void
}

export class Branch {
  readonly gid: string
  readonly #parts: BranchParts
  #state: 'open' | 'prepared' | 'ended' = 'open'

  constructor(parts: BranchParts) {
    this.gid = parts.gid
    this.#parts = parts
  }

  /** Queries of this database below `work` are part of the branch. */
  run<T>(work: () => Promise<T>): Promise<T> {
    return this.#parts.within(work)
  }

  /** From here on the server keeps it, whatever happens to this process. @throws what the database throws, then it is rolled back. */
  async prepare(): Promise<void> {
    this.#parts.transaction.end()
    for (const sql of this.#parts.words.prepare(this.gid)) await this.#tell(sql)
    this.#state = 'prepared'
  }

  async commit(): Promise<void> {
    if (this.#state !== 'prepared')
      throw new ServiceError('NOT_PREPARED', 'A branch is committed before it was prepared.')
    await this.#finish(this.#parts.words.commit(this.gid), true)
  }

  /** Also one that was never prepared. Does nothing when it has ended. */
  async rollback(): Promise<void> {
    if (this.#state === 'ended') return
    const { words } = this.#parts
    const statements = this.#state === 'prepared' ? [words.rollback(this.gid)] : words.abandon(this.gid)
    await this.#finish(statements, false)
  }

  /** Leaves it in doubt, for whoever knows the decision. */
  async detach(): Promise<void> {
    if (this.#state === 'ended') return
    this.#state = 'ended'
    // MySQL lets nobody else end it while the session lives that prepared it.
    this.#parts.connection.close()
    this.#parts.release()
    await this.#parts.transaction.settle(false)
  }

  async #finish(statements: string | readonly string[], isCommitted: boolean): Promise<void> {
    const { connection, transaction, release } = this.#parts
    try {
      for (const sql of [statements].flat()) await this.#tell(sql)
    } catch (error) {
      // Its state is unknown: what the server kept, a later decision finds.
      connection.close()
      throw error
    } finally {
      this.#state = 'ended'
      release()
      await transaction.settle(isCommitted)
    }
  }

  async #tell(sql: string): Promise<void> {
    await this.#parts.connection.execute({ sql, parameters: [], isRead: false })
  }
}

/** Letters, digits and `_ . : -`: it becomes part of statements. */
export function requireGid(gid: string): string {
  if (/^[\w.:-]{1,64}$/.test(gid)) return gid
  throw new ServiceError(
    'BAD_TRANSACTION',
    `The name of a branch has 1 to 64 letters, digits and _ . : -, got ${gid.length} characters.`,
  )
}
