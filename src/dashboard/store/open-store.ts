/**
 * The file of the store: opened, or begun anew where it is of another version, broken, or in use by somebody else.
 */
import { dirname } from 'node:path'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { makeFolder } from '../../platform/folders.ts'
import { openSql, type SqlDatabase } from '../../platform/sql.ts'
import { removeFile } from '../../platform/text-file.ts'

/** Raised when blocks of an older version cannot be read any more. */
const version = 1

/** `:memory:` ends with the process. @throws ServiceError `STORE_IN_USE` while another dashboard has it open; `SQL_FAILED`. */
export async function openStore(path: string): Promise<SqlDatabase> {
  if (path === ':memory:') return prepared(openSql(path))
  await makeFolder(dirname(path))
  try {
    return opened(path)
  } catch (error) {
    if (error instanceof ServiceError && error.code === 'SQL_BUSY') throw inUse(path, error)
    // What a dashboard keeps is there to be looked at; a file that cannot be read has nothing to show.
    for (const suffix of ['', '-wal', '-shm']) await removeFile(path + suffix).catch(() => {})
    return opened(path)
  }
}

function opened(path: string): SqlDatabase {
  const sql = openSql(path, { busyTimeoutMs: 0 })
  try {
    return prepared(sql)
  } catch (error) {
    sql.close()
    throw error
  }
}

function prepared(sql: SqlDatabase): SqlDatabase {
  // One process at a time, found out at once; what a power failure takes is no loss here.
  sql.exec('PRAGMA locking_mode = EXCLUSIVE; PRAGMA synchronous = NORMAL; PRAGMA cache_size = -2048')
  const found = sql.prepare<{ user_version: number }>('PRAGMA user_version').get()?.user_version ?? 0
  if (found !== 0 && found !== version) {
    throw new ServiceError('STORE_VERSION', `The store is of version ${found}, not ${version}; it is begun anew.`)
  }
  sql.exec(`PRAGMA user_version = ${version}`)
  return sql
}

function inUse(path: string, cause: unknown): ServiceError {
  return new ServiceError(
    'STORE_IN_USE',
    `Another dashboard has ${path} open; end it, or name another file with --data.`,
    { status: 503, cause },
  )
}
