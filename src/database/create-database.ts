/** createDatabase: a database by its address, so that configuration alone chooses which. */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { Database, type DatabaseParts } from './database.ts'
import type { Dialect } from './dialect.ts'
import { mysql } from './dialects/mysql.ts'
import { postgres } from './dialects/postgres.ts'
import { sqlite } from './dialects/sqlite.ts'
import type { Model } from './models/model.ts'
import type { TablesOf } from './models/model-types.ts'
import type { SessionLimits } from './session-limits.ts'

export interface DatabaseOptions extends Omit<DatabaseParts, 'dialect'>, SessionLimits {
  /**
   * `sqlite:FILE`, `sqlite::memory:`, `postgres://user:password@host:5432/name` or `mysql://user:password@host:3306/name`. Nothing
   * is opened before the first query. A function is asked then, so that it may look into settings: `() => service.config.value.database`.
   */
  readonly url: string | (() => string)
  /** Their tables are those of `query`. On SQLite the keys that it counts are read as bigints then, as elsewhere. */
  readonly models?: readonly Model[]
}

/** @throws ServiceError `BAD_DATABASE_URL`, here or at the first query. */
export function createDatabase<const Models extends readonly Model[]>(
  options: DatabaseOptions & { readonly models: Models },
): Database<TablesOf<Models[number]>>
export function createDatabase<Tables = unknown>(options: DatabaseOptions): Database<Tables>
export function createDatabase<Tables>({ url, ...options }: DatabaseOptions): Database<Tables> {
  const dialect = typeof url === 'string' ? dialectOf({ ...options, url }) : () => dialectOf({ ...options, url: url() })
  return new Database<Tables>({ ...options, dialect })
}

function dialectOf(options: SessionLimits & Pick<DatabaseOptions, 'models'> & { readonly url: string }): Dialect {
  const { url, models = [] } = options
  const [scheme = ''] = url.split(':', 1)
  if (scheme === 'sqlite' && url.length > 'sqlite:'.length) {
    return sqlite({ path: url.slice('sqlite:'.length), bigints: countedKeys(models) })
  }
  if (scheme === 'postgres' || scheme === 'postgresql') return postgres(options)
  if (scheme === 'mysql' || scheme === 'mariadb') return mysql(options)
  // The address holds a password: only its scheme may be shown.
  throw new ServiceError(
    'BAD_DATABASE_URL',
    `The address of a database begins with ${scheme === '' ? 'nothing' : `'${scheme.slice(0, 20)}:'`}; expected sqlite:FILE, postgres://… or mysql://….`,
  )
}

function countedKeys(models: readonly Model[]): Set<string> {
  const keys = models.flatMap(({ name, named }) =>
    named.filter(({ filling }) => filling === 'generated').map((key) => `${name}.${key.name}`),
  )
  return new Set(keys)
}
