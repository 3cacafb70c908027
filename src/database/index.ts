/**
 * Database: typed SQL over SQLite, PostgreSQL and MySQL, with transactions that travel in the context.
 *
 *   createDatabase(url) ─▶ Database ─▶ db.query (Kysely) ─▶ the context's transaction │ a connection of the pool ─▶ dialect
 *                              └────▶ db.transaction(work) ─▶ COMMIT ─▶ onCommit │ ROLLBACK ─▶ onRollback
 */
export type { Branch } from './branch.ts'
export { type DrizzleQuery, type DrizzleResult, drizzleQuery } from './bridges/drizzle.ts'
export type { Connection, Statement, StatementResult } from './connection.ts'
export type { PoolOptions } from './connection-pool.ts'
export type { ConnectionStats, ConnectionUse } from './connection-source.ts'
export { createDatabase, type DatabaseOptions } from './create-database.ts'
export { Database, type DatabaseParts } from './database.ts'
export { ConstraintError, type ConstraintFacts } from './database-error.ts'
export type { Dialect, DialectName } from './dialect.ts'
export { type MysqlOptions, mysql } from './dialects/mysql.ts'
export { type PostgresOptions, postgres } from './dialects/postgres.ts'
export { type SqliteOptions, sqlite } from './dialects/sqlite.ts'
export { insertIgnoring } from './insert-ignoring.ts'
export { insertMany, type RowValues, type WritableDatabase } from './insert-many.ts'
export {
  type DraftChange,
  type DraftOptions,
  draftMigration,
  type MigrationDraft,
} from './migrations/draft-migration.ts'
export {
  type MigratedDatabase,
  type MigrateOptions,
  type MigrationPlan,
  type MigrationState,
  type MigrationStatus,
  type MigrationsOptions,
  migrate,
  migrationStatus,
  resolveMigration,
  revertMigrations,
} from './migrations/migrate.ts'
export type { Migration, MigrationChange } from './migrations/migration.ts'
export {
  type Column,
  type ColumnFacts,
  type ColumnKind,
  type ColumnMakers,
  column,
  type Filling,
  type NumberLimits,
  type TextLimits,
} from './models/column.ts'
export { defineModel, Model, type ModelIndex, type ModelOptions } from './models/model.ts'
export type { ChangeOf, ColumnSet, KeyOf, NewRowOf, RowOf, TableOf, TablesOf, WireRowOf } from './models/model-types.ts'
export {
  type ModelPageOptions,
  type ModelQuery,
  type ModelUpsertOptions,
  Repository,
  type RepositoryDatabase,
  repositoryOf,
} from './models/repository.ts'
export { type Page, type PageColumn, type PageOptions, readPage } from './read-page.ts'
export type { SessionLimits } from './session-limits.ts'
export { restoreDeleted, type SoftDelete, softDelete } from './soft-delete.ts'
export type { MissingTables, TableSet } from './table-set.ts'
export type { TransactionHook } from './transaction.ts'
export type { Isolation, TransactionOptions, TransactionSettings } from './transaction-settings.ts'
export { updateVersioned, type VersionedChange } from './update-versioned.ts'
export { type UpsertOptions, upsert } from './upsert.ts'
