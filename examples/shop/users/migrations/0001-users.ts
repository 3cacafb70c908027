/** Accounts and sessions. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('users')
    .ifNotExists()
    .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('email', 'varchar(254)', (column) => column.notNull().unique())
    .addColumn('name', 'varchar(80)', (column) => column.notNull())
    .addColumn('password_hash', 'varchar(200)', (column) => column.notNull())
    .execute()
  await query.schema
    .createTable('sessions')
    .ifNotExists()
    .addColumn('token_hash', 'varchar(64)', (column) => column.primaryKey())
    .addColumn('user_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('expires_at_ms', 'bigint', (column) => column.notNull())
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('sessions').execute()
  await query.schema.dropTable('users').execute()
}
