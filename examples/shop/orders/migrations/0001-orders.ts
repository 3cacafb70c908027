/** Orders. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('orders')
    .ifNotExists()
    .addColumn('id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('user_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('lines', 'text', (column) => column.notNull())
    .addColumn('total_cents', 'integer', (column) => column.notNull())
    .addColumn('status', 'varchar(20)', (column) => column.notNull())
    .addColumn('cancel_code', 'varchar(100)')
    .addColumn('cancel_reason', 'varchar(1000)')
    .addColumn('ordered_ms', 'bigint', (column) => column.notNull())
    .execute()
  await query.schema
    .createIndex('orders_of_user')
    .ifNotExists()
    .on('orders')
    .columns(['user_id', 'ordered_ms'])
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('orders').execute()
}
