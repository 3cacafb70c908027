/** Migration: one step of a database's schema, forth and, where it can, back. */
import type { Database } from '../database.ts'

/** SQL, or code whose queries run in the migration's transaction. */
export type MigrationChange = string | ((database: Database) => Promise<void>)

export interface Migration {
  /** Such as `0001-accounts`: migrations run in the order of their names. */
  readonly name: string
  readonly up: MigrationChange
  readonly down?: MigrationChange
  /**
   * False for what a database refuses in a transaction, such as `create index concurrently`; default true. In a file of SQL the line
   * `-- genever: no transaction` says so. On MySQL a change of the schema ends the transaction in any case.
   */
  readonly transaction?: boolean
  /** What is compared with what was applied; default the SQL of `up`. Files have that of the whole file. */
  readonly source?: string
}
