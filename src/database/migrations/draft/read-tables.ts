/**
 * readTables: the tables of a database, as its catalogue says they are.
 *
 *   catalogue ─▶ columns │ primary keys and indexes │ references ─▶ TableShape[]
 */
import { type RawBuilder, sql } from 'kysely'
import type { Database } from '../../database.ts'
import type { DialectName } from '../../dialect.ts'
import type { TableShape } from './table-shape.ts'

type Row = Readonly<Record<string, unknown>>

/** Each gives the same columns; names of tables in `tbl`. */
interface Catalogue {
  /** tbl, name, type, nullable, def */
  readonly columns: RawBuilder<Row>
  /** tbl, idx, is_key, is_unique, col; in the order of the index. Those over expressions or a part of the rows are left out. */
  readonly indexes: RawBuilder<Row>
  /** tbl, col, target */
  readonly references: RawBuilder<Row>
}

const catalogues: Readonly<Record<DialectName, Catalogue>> = {
  sqlite: {
    columns: sql`select t.name as tbl, c.name as name, c.type as type, c."notnull" = 0 and c.pk = 0 as nullable, c.dflt_value as def
      from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%' order by t.name, c.cid`,
    indexes: sql`select * from (
      select t.name as tbl, '' as idx, 1 as is_key, 1 as is_unique, c.name as col, c.pk as place
      from sqlite_master t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%' and c.pk > 0
      union all
      select t.name, i.name, 0, i."unique", k.name, k.seqno
      from sqlite_master t, pragma_index_list(t.name) i, pragma_index_info(i.name) k
      where t.type = 'table' and t.name not like 'sqlite_%' and i.origin <> 'pk' and i.partial = 0 and k.name is not null
    ) order by tbl, idx, place`,
    references: sql`select t.name as tbl, r."from" as col, r."table" as target
      from sqlite_master t, pragma_foreign_key_list(t.name) r where t.type = 'table'`,
  },
  postgres: {
    columns: sql`select c.relname as tbl, a.attname as name, format_type(a.atttypid, a.atttypmod) as type, not a.attnotnull as nullable,
      pg_get_expr(d.adbin, d.adrelid) as def
      from pg_class c join pg_attribute a on a.attrelid = c.oid left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
      where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and a.attnum > 0 and not a.attisdropped
      order by c.relname, a.attnum`,
    indexes: sql`select c.relname as tbl, i.relname as idx, x.indisprimary as is_key, x.indisunique as is_unique, a.attname as col
      from pg_index x join pg_class c on c.oid = x.indrelid join pg_class i on i.oid = x.indexrelid
      cross join lateral unnest(x.indkey) with ordinality as k(attnum, place)
      join pg_attribute a on a.attrelid = c.oid and a.attnum = k.attnum
      where c.relnamespace = current_schema()::regnamespace and x.indpred is null and x.indexprs is null
      order by c.relname, i.relname, k.place`,
    references: sql`select c.relname as tbl, a.attname as col, t.relname as target
      from pg_constraint f join pg_class c on c.oid = f.conrelid join pg_class t on t.oid = f.confrelid
      join pg_attribute a on a.attrelid = c.oid and a.attnum = f.conkey[1]
      where f.contype = 'f' and c.relnamespace = current_schema()::regnamespace`,
  },
  mysql: {
    columns: sql`select c.table_name as tbl, c.column_name as name, c.column_type as type, c.is_nullable = 'YES' as nullable,
      c.column_default as def
      from information_schema.columns c join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name
      where c.table_schema = database() and t.table_type = 'BASE TABLE' order by c.table_name, c.ordinal_position`,
    indexes: sql`select table_name as tbl, index_name as idx, index_name = 'PRIMARY' as is_key, non_unique = 0 as is_unique, column_name as col
      from information_schema.statistics where table_schema = database() and column_name is not null
      order by table_name, index_name, seq_in_index`,
    references: sql`select table_name as tbl, column_name as col, referenced_table_name as target
      from information_schema.key_column_usage where table_schema = database() and referenced_table_name is not null`,
  },
}

export async function readTables(database: Database): Promise<TableShape[]> {
  const { columns, indexes, references } = catalogues[database.dialect]
  const ask = async (question: RawBuilder<Row>): Promise<Row[]> => (await question.execute(database.query)).rows
  const parts = { columns: await ask(columns), indexes: await ask(indexes), references: await ask(references) }
  const names = new Set(parts.columns.map(({ tbl }) => String(tbl)))
  return [...names].map((name) => shapeOf(name, parts))
}

function shapeOf(name: string, parts: Readonly<Record<keyof Catalogue, readonly Row[]>>): TableShape {
  const own = (rows: readonly Row[]): Row[] => rows.filter(({ tbl }) => tbl === name)
  const indexes = Map.groupBy(own(parts.indexes), ({ idx }) => String(idx))
  const shapes = [...indexes].map(([index, rows]) => ({
    name: index,
    columns: rows.map(({ col }) => String(col)),
    isUnique: isTrue(rows[0]?.is_unique),
    isKey: isTrue(rows[0]?.is_key),
  }))
  return {
    name,
    columns: own(parts.columns).map((row) => ({
      name: String(row.name),
      type: String(row.type),
      isNullable: isTrue(row.nullable),
      default: typeof row.def === 'string' ? row.def : undefined,
    })),
    key: shapes.find(({ isKey }) => isKey)?.columns ?? [],
    indexes: shapes.filter(({ isKey }) => !isKey),
    references: own(parts.references).map(({ col, target }) => ({ column: String(col), table: String(target) })),
  }
}

/** A comparison is a number on two of the databases. */
function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === 1n
}
