/** databaseNow: the database's own clock, in milliseconds since 1970: leases of processes on several machines are told by one clock. */
import { type RawBuilder, sql } from 'kysely'
import type { DialectName } from './dialect.ts'

export function databaseNow(dialect: DialectName): RawBuilder<number> {
  if (dialect === 'postgres') return sql`(extract(epoch from clock_timestamp()) * 1000)::bigint`
  if (dialect === 'mysql') return sql`cast(unix_timestamp(sysdate(3)) * 1000 as signed)`
  return sql`cast(unixepoch('subsec') * 1000 as integer)`
}
