/** Dialect: what is particular to one kind of database. */
import type { DatabaseIntrospector, DialectAdapter, Kysely, QueryCompiler } from 'kysely'
import type { Connection } from './connection.ts'
import type { OpenLine } from './internal/notification-line.ts'
import type { TransactionSettings } from './transaction-settings.ts'

export type DialectName = 'sqlite' | 'postgres' | 'mysql'

/** Where a database is, as telemetry names it; never with user or password. */
export interface DatabaseAddress {
  /** As OpenTelemetry calls this kind of database. */
  readonly system: 'sqlite' | 'postgresql' | 'mysql' | 'mariadb'
  readonly host?: string
  readonly port?: number
  /** Name of the database; of SQLite the file. */
  readonly namespace?: string
}

export interface Dialect {
  readonly name: DialectName
  readonly address: DatabaseAddress
  /** Most connections where nobody says otherwise. */
  readonly defaultMax: number
  /** Whether only one connection may write, so that writers wait in line in this process instead of at the database. */
  readonly hasSingleWriter: boolean
  /** @throws ServiceError `DATABASE_UNAVAILABLE`, `DATABASE_DRIVER_MISSING`. */
  connect(use: 'read' | 'write'): Promise<Connection>
  /** The statements that begin a transaction, in order. @throws ServiceError `BAD_TRANSACTION` for settings that it does not know. */
  begin(settings: TransactionSettings): readonly string[]
  /** A connection of its own that hears what others notify on a channel; absent where the database has no such thing. */
  listen?(channel: string, heard: (payload: string) => void): Promise<OpenLine>
  /** Absent where a transaction cannot be kept in doubt. */
  readonly twoPhase?: TwoPhaseWords
  createQueryCompiler(): QueryCompiler
  createAdapter(): DialectAdapter
  // Kysely's own signature: a dialect does not know the tables.
  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector
}

/** What a database is told of a branch. Names have been checked. */
export interface TwoPhaseWords {
  begin(gid: string): string
  prepare(gid: string): readonly string[]
  commit(gid: string): string
  /** Of one that is prepared. */
  rollback(gid: string): string
  /** Of one that is not. */
  abandon(gid: string): readonly string[]
  /** Lists what is prepared; the name stands in column `gid` or `data`. */
  readonly list: string
}
