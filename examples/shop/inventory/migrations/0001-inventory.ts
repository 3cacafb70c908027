/** Products. A shop from before its migrations has them already. */
import type { Database } from 'genever/database'

export async function up({ query }: Database): Promise<void> {
  await query.schema
    .createTable('products')
    .ifNotExists()
    .addColumn('sku', 'varchar(40)', (column) => column.primaryKey())
    .addColumn('name', 'varchar(200)', (column) => column.notNull())
    .addColumn('category', 'varchar(40)', (column) => column.notNull())
    .addColumn('description', 'varchar(1000)', (column) => column.notNull())
    .addColumn('price_cents', 'integer', (column) => column.notNull())
    .addColumn('stock', 'integer', (column) => column.notNull())
    .execute()
}

export async function down({ query }: Database): Promise<void> {
  await query.schema.dropTable('products').execute()
}
