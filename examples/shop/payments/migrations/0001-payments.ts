/** The ledger, and what customers owe. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('ledger')
    .ifNotExists()
    .addColumn('order_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('posting', 'varchar(20)', (column) => column.notNull())
    .addColumn('account', 'varchar(80)', (column) => column.notNull())
    .addColumn('cents', 'integer', (column) => column.notNull())
    .addColumn('entered_ms', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('ledger_key', ['order_id', 'posting', 'account'])
    .execute()
  await query.schema
    .createTable('customers')
    .ifNotExists()
    .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('owed_cents', 'integer', (column) => column.notNull())
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('customers').execute()
  await query.schema.dropTable('ledger').execute()
}
