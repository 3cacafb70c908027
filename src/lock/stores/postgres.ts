/**
 * PostgreSQL: locks between machines, in a table, by the server's clock. What was granted survives the server's restart.
 *
 * Not advisory locks: those end with a connection that breaks, and have no token.
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { LockClaim, LockGrant, LockRefusal, LockRequest, LockStore } from '../lock-store.ts'
import { openPostgres, type PostgresPool, type Queryable } from '../queryable.ts'

export type PostgresLockStoreOptions = {
  /** Of the table, made if need be; default `genever_locks`. */
  table?: string
} & ({ /** A client or pool of the package `pg`, which stays open. */ client: Queryable } | { url: string })

/** Its methods throw ServiceError `LOCK_STORE_FAILED` (503), and `POSTGRES_NOT_INSTALLED` without the package `pg`. */
export function postgresLockStore(options: PostgresLockStoreOptions): LockStore & { close(): Promise<void> } {
  return new PostgresLockStore(options)
}

class PostgresLockStore implements LockStore {
  readonly #options: PostgresLockStoreOptions
  readonly #table: string
  #ready: Promise<Queryable> | undefined
  #pool: PostgresPool | undefined

  constructor(options: PostgresLockStoreOptions) {
    this.#options = options
    this.#table = identifier(options.table ?? 'genever_locks')
  }

  async acquire({ key, owner, leaseMs }: LockRequest): Promise<LockGrant | LockRefusal> {
    const granted = await this.#query(
      `INSERT INTO ${this.#table} AS held (key, owner, token, until)
       VALUES ($1, $2, floor(extract(epoch FROM clock_timestamp()) * 1000000), clock_timestamp() + $3 * interval '1 ms')
       ON CONFLICT (key) DO UPDATE SET owner = $2, until = excluded.until, token =
         CASE WHEN held.owner = $2 AND held.until > clock_timestamp() THEN held.token
              ELSE greatest(held.token + 1, excluded.token) END
       WHERE held.owner IS NULL OR held.owner = $2 OR held.until <= clock_timestamp()
       RETURNING token`,
      [key, owner, leaseMs],
    )
    const [grant] = granted.rows
    if (grant !== undefined) return { kind: 'granted', token: Number(grant.token) }
    const present = await this.#query(
      `SELECT extract(epoch FROM until - clock_timestamp()) * 1000 AS ms FROM ${this.#table} WHERE key = $1`,
      [key],
    )
    return { kind: 'held', heldForMs: Math.max(0, Number(present.rows[0]?.ms ?? 0)) }
  }

  async renew({ key, owner, token, leaseMs }: LockClaim): Promise<boolean> {
    const { rowCount } = await this.#query(
      `UPDATE ${this.#table} SET until = clock_timestamp() + $4 * interval '1 ms' ${ours}`,
      [key, owner, token, leaseMs],
    )
    return rowCount === 1
  }

  async release({ key, owner, token }: Omit<LockClaim, 'leaseMs'>): Promise<boolean> {
    const { rowCount } = await this.#query(`UPDATE ${this.#table} SET owner = NULL ${ours}`, [key, owner, token])
    return rowCount === 1
  }

  async close(): Promise<void> {
    await this.#pool?.end()
  }

  async #query(sql: string, values: unknown[]): ReturnType<Queryable['query']> {
    this.#ready ??= this.#open()
    try {
      const client = await this.#ready
      return await client.query(sql, values)
    } catch (cause) {
      if (cause instanceof ServiceError) throw cause
      throw new ServiceError('LOCK_STORE_FAILED', 'PostgreSQL did not do what a lock needs; the cause says why.', {
        status: 503,
        cause,
      })
    }
  }

  async #open(): Promise<Queryable> {
    try {
      if ('url' in this.#options) this.#pool ??= await openPostgres(this.#options.url)
      const client = 'client' in this.#options ? this.#options.client : (this.#pool as Queryable)
      await client.query(createTable(this.#table))
      return client
    } catch (error) {
      this.#ready = undefined
      throw error
    }
  }
}

const ours = 'WHERE key = $1 AND owner = $2 AND token = $3 AND until > clock_timestamp()'

/** Two who make the same table at once: one of them may fail on a catalogue's unique key; the second look finds it made. */
function createTable(table: string): string {
  return `DO $$ BEGIN
    CREATE TABLE IF NOT EXISTS ${table} (key text PRIMARY KEY, owner text, token bigint NOT NULL, until timestamptz NOT NULL);
  EXCEPTION WHEN unique_violation OR duplicate_table THEN NULL; END $$`
}

/** @throws ServiceError `BAD_LOCK`: a name of a table cannot be a parameter, so it must be a plain one. */
export function identifier(name: string): string {
  if (/^[a-z_][a-z0-9_]{0,62}(\.[a-z_][a-z0-9_]{0,62})?$/.test(name)) return name
  throw new ServiceError(
    'BAD_LOCK',
    `A table is named in lower-case letters, digits and '_', not with ${name.length} others.`,
  )
}
