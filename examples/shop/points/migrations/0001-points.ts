/** Points. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('points')
    .ifNotExists()
    .addColumn('user_id', 'varchar(36)', (column) => column.primaryKey())
    .addColumn('total', 'integer', (column) => column.notNull())
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('points').execute()
}
