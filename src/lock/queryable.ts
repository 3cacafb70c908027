/** Queryable: the one method of a PostgreSQL client or pool that is needed here. `pg` has it. */
import { ServiceError } from '../foundation/errors/service-error.ts'

export interface Queryable {
  query(sql: string, values?: unknown[]): Promise<QueryResult>
}

export interface QueryResult {
  readonly rows: readonly Record<string, unknown>[]
  readonly rowCount: number | null
}

export interface PostgresPool extends Queryable {
  end(): Promise<void>
}

/** A small pool by the package `pg`. @throws ServiceError `POSTGRES_NOT_INSTALLED`. */
export async function openPostgres(url: string): Promise<PostgresPool> {
  let Pool: typeof import('pg').Pool
  try {
    Pool = (await import('pg')).Pool
  } catch (cause) {
    const message = 'PostgreSQL is spoken to by the package pg, which is not installed: npm install pg.'
    throw new ServiceError('POSTGRES_NOT_INSTALLED', message, { cause })
  }
  const pool = new Pool({
    connectionString: url,
    max: 4,
    connectionTimeoutMillis: 2_000,
    query_timeout: 2_000,
    keepAlive: true,
  })
  // An idle connection that breaks is replaced; without a listener it would end the process.
  pool.on('error', () => undefined)
  return pool
}
