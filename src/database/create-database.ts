/** createDatabase: a database by its address, so that configuration alone chooses which. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { Database, type DatabaseParts } from './database.ts'
import type { Dialect } from './dialect.ts'
import { mysql } from './dialects/mysql.ts'
import { postgres } from './dialects/postgres.ts'
import { sqlite } from './dialects/sqlite.ts'
import type { SessionLimits } from './session-limits.ts'

export interface DatabaseOptions extends Omit<DatabaseParts, 'dialect'>, SessionLimits {
  /**
   * `sqlite:FILE`, `sqlite::memory:`, `postgres://user:password@host:5432/name` or `mysql://user:password@host:3306/name`. Nothing
   * is opened before the first query. A function is asked then, so that it may look into settings: `() => service.config.value.database`.
   */
  readonly url: string | (() => string)
}

/** @throws ServiceError `BAD_DATABASE_URL`, here or at the first query. */
export function createDatabase<Tables = unknown>({ url, ...options }: DatabaseOptions): Database<Tables> {
  const dialect = typeof url === 'string' ? dialectOf({ ...options, url }) : () => dialectOf({ ...options, url: url() })
  return new Database<Tables>({ ...options, dialect })
}

function dialectOf(options: SessionLimits & { readonly url: string }): Dialect {
  const { url } = options
  const [scheme = ''] = url.split(':', 1)
  if (scheme === 'sqlite' && url.length > 'sqlite:'.length) return sqlite({ path: url.slice('sqlite:'.length) })
  if (scheme === 'postgres' || scheme === 'postgresql') return postgres(options)
  if (scheme === 'mysql' || scheme === 'mariadb') return mysql(options)
  // The address holds a password: only its scheme may be shown.
  throw new ServiceError(
    'BAD_DATABASE_URL',
    `The address of a database begins with ${scheme === '' ? 'nothing' : `'${scheme.slice(0, 20)}:'`}; expected sqlite:FILE, postgres://… or mysql://….`,
  )
}
