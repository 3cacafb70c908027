/**
 * updateVersioned: changes a row if nobody has changed it since it was read (optimistic locking).
 *
 *   read { …, version: 7 } ─▶ update … set …, version = 8 where key and version = 7 ─▶ one row │ none: VERSION_CONFLICT
 */
import { type QueryExecutorProvider, sql } from 'kysely'
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface VersionedChange {
  /** Columns that name the row, with their values. */
  readonly key: Readonly<Record<string, unknown>>
  /** As it was read. */
  readonly version: number | bigint
  /** Values or expressions of Kysely, by column. */
  readonly set: Readonly<Record<string, unknown>>
  /** Default `version`; an integer that is never null. */
  readonly versionColumn?: string
  /** A row that has a value in this column counts as gone, as `softDelete` leaves it. */
  readonly deletedColumn?: string
}

/** @throws ServiceError `VERSION_CONFLICT` (409) if the row has another version by now, or is gone: read it again. */
export async function updateVersioned(
  db: { readonly query: QueryExecutorProvider },
  table: string,
  { key, version, set, versionColumn = 'version', deletedColumn }: VersionedChange,
): Promise<void> {
  const next = sql`${sql.ref(versionColumn)} = ${sql.ref(versionColumn)} + 1`
  const changes = [...Object.entries(set).map(([name, value]) => sql`${sql.ref(name)} = ${value}`), next]
  const where = Object.entries({ ...key, [versionColumn]: version }).map(
    ([name, value]) => sql`${sql.ref(name)} = ${value}`,
  )
  if (deletedColumn !== undefined) where.push(sql`${sql.ref(deletedColumn)} is null`)
  const statement = sql`update ${sql.table(table)} set ${sql.join(changes)} where ${sql.join(where, sql` and `)}`
  const { numAffectedRows = 0n } = await statement.execute(db.query)
  if (numAffectedRows > 0n) return
  throw new ServiceError(
    'VERSION_CONFLICT',
    'The row was changed or removed since it was read; read it again and make the change anew.',
    { status: 409, retryable: false },
  )
}
