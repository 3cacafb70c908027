/** Sqlite: the embedded default; the database is a file, or ends with the process. */
import { dirname, resolve } from 'node:path'
import { SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler } from 'kysely'
import type { Clock } from '../../foundation/clock/clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { makeFolder } from '../../platform/folders.ts'
import type { Dialect } from '../dialect.ts'
import type { TransactionSettings } from '../transaction-settings.ts'
import { SqliteConnection } from './sqlite-connection.ts'

export interface SqliteOptions {
  /** A file, which is made if it is not there, as its folder is; or `:memory:`. */
  readonly path: string
  /** How long to wait for the lock of another process, in milliseconds; default 5,000. It blocks nobody else. */
  readonly busyTimeoutMs?: number
  /** Columns, as `table.column`, that are read as bigints though they are `integer`: keys that SQLite counts can be nothing else. */
  readonly bigints?: ReadonlySet<string>
  readonly clock?: Clock
}

/** `synchronous = FULL` over a write-ahead log: what was committed is on the disk when the answer comes. */
export function sqlite({ path, busyTimeoutMs = 5_000, bigints, clock }: SqliteOptions): Dialect {
  const isMemory = path === ':memory:'
  return {
    name: 'sqlite',
    address: { system: 'sqlite', namespace: path },
    defaultMax: isMemory ? 0 : 8,
    hasSingleWriter: true,
    async connect(use) {
      if (!isMemory) await makeFolderOf(path)
      return new SqliteConnection({
        path,
        busyTimeoutMs,
        isReader: use === 'read' && !isMemory,
        ...(bigints && { bigints }),
        ...(clock && { clock }),
      })
    },
    begin,
    createQueryCompiler: () => new SqliteQueryCompiler(),
    createAdapter: () => new ManyConnectionsAdapter(),
    createIntrospector: (db) => new SqliteIntrospector(db),
  }
}

/** @throws ServiceError `DATABASE_FOLDER` */
async function makeFolderOf(path: string): Promise<void> {
  // An address of SQLite's own kind has parameters, and names a file that is there.
  if (path.startsWith('file:')) return
  const folder = dirname(resolve(path))
  try {
    await makeFolder(folder)
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? ` (${cause.code})` : ''
    throw new ServiceError(
      'DATABASE_FOLDER',
      `The folder of the database cannot be made: ${folder}${code}. Make it, give this process the right to, or name another file.`,
      { cause },
    )
  }
}

/** The write lock at once: a lock that is asked for behind a read fails without waiting when another has it. */
function begin({ isolation, readOnly = false }: TransactionSettings): readonly string[] {
  if (isolation === undefined || isolation === 'serializable') return [readOnly ? 'BEGIN' : 'BEGIN IMMEDIATE']
  throw new ServiceError(
    'BAD_TRANSACTION',
    `isolation: SQLite's transactions are always serializable, '${isolation}' is not to be had. Leave the option out.`,
  )
}

/** Kysely would let one query run at a time: here queries wait for the connection that they need. */
class ManyConnectionsAdapter extends SqliteAdapter {
  override get supportsMultipleConnections(): boolean {
    return true
  }
}
