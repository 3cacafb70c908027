/** What is written to PostgreSQL: call it on the connection and inside the transaction that writes. */
import type { FenceClaim } from '../fence.ts'
import { staleToken } from '../lock-errors.ts'
import type { Queryable } from '../queryable.ts'
import { identifier } from '../stores/postgres.ts'

export interface PostgresFenceOptions {
  /** Default `genever_fences`; `createPostgresFences` makes it. */
  table?: string
}

/** Once, before anything is written: a table that is made inside of every transaction would make them wait for each other. */
export async function createPostgresFences(
  client: Queryable,
  { table = 'genever_fences' }: PostgresFenceOptions = {},
): Promise<void> {
  await client.query(`DO $$ BEGIN
    CREATE TABLE IF NOT EXISTS ${identifier(table)} (resource text PRIMARY KEY, token bigint NOT NULL);
  EXCEPTION WHEN unique_violation OR duplicate_table THEN NULL; END $$`)
}

/**
 * The row stays locked to the end of the transaction: a later holder waits for what is being written, and an earlier one is refused.
 *
 * @throws ServiceError `STALE_TOKEN`: roll back.
 */
export async function fencePostgres(
  client: Queryable,
  { resource, token }: FenceClaim,
  { table = 'genever_fences' }: PostgresFenceOptions = {},
): Promise<void> {
  const { rowCount } = await client.query(
    `INSERT INTO ${identifier(table)} AS fence VALUES ($1, $2)
     ON CONFLICT (resource) DO UPDATE SET token = excluded.token WHERE fence.token <= excluded.token`,
    [resource, token],
  )
  if (rowCount !== 1) throw staleToken(resource, token)
}
