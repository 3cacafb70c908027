/** Dialect: what is particular to one kind of database. */
import type { DatabaseIntrospector, DialectAdapter, Kysely, QueryCompiler } from 'kysely'
import type { Connection } from './connection.ts'
import type { TransactionSettings } from './transaction-settings.ts'

export type DialectName = 'sqlite' | 'postgres' | 'mysql'

export interface Dialect {
  readonly name: DialectName
  /** Most connections where nobody says otherwise. */
  readonly defaultMax: number
  /** Whether only one connection may write, so that writers wait in line in this process instead of at the database. */
  readonly hasSingleWriter: boolean
  /** @throws ServiceError `DATABASE_UNAVAILABLE`, `DATABASE_DRIVER_MISSING`. */
  connect(use: 'read' | 'write'): Promise<Connection>
  /** The statements that begin a transaction, in order. @throws ServiceError `BAD_TRANSACTION` for settings that it does not know. */
  begin(settings: TransactionSettings): readonly string[]
  createQueryCompiler(): QueryCompiler
  createAdapter(): DialectAdapter
  // Kysely's own signature: a dialect does not know the tables.
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector
}
