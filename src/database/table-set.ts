/**
 * TableSet: the tables in which a part of the framework keeps something in the user's own database.
 *
 *   new Outbox({ database }) ─▶ database.needs(outboxTables) ─▶ database.start(): in the ledger? ─yes─▶ nothing to do
 *                                                                                    └─no─▶ lock ─▶ statements ─▶ ledger
 */
import type { DialectName } from './dialect.ts'

export interface TableSet {
  /** One word, such as `outbox`: in the ledger, in errors, and for `genever migrate up --parts`. */
  readonly part: string
  /**
   * What each version adds to the one before. A statement can be run again without harm, since MySQL commits in between and a runner may
   * die there. A version that was released stays as it is.
   */
  readonly versions: readonly ((dialect: DialectName) => readonly string[])[]
}

/** A version of a part that a database does not have. */
export interface MissingTables {
  readonly part: string
  /** From 1. */
  readonly version: number
  readonly statements: readonly string[]
}
