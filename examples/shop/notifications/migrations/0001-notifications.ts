/** Letters. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('notifications')
    .ifNotExists()
    .addColumn('id', 'varchar(40)', (column) => column.primaryKey())
    .addColumn('user_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('order_id', 'varchar(36)', (column) => column.notNull())
    .addColumn('text', 'varchar(1000)', (column) => column.notNull())
    .addColumn('sent_ms', 'bigint', (column) => column.notNull())
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('notifications').execute()
}
