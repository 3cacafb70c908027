/** MysqlErrors: what a server's error number means here (MySQL and MariaDB count alike where both have one). */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import {
  type ConstraintFacts,
  constraintBroken,
  serializationFailure,
  statementFailed,
  statementTooLong,
  unavailable,
} from '../database-error.ts'

const kinds: Readonly<Record<number, ConstraintFacts['kind']>> = {
  1048: 'not null',
  1062: 'unique',
  1216: 'foreign key',
  1217: 'foreign key',
  1364: 'not null',
  1451: 'foreign key',
  1452: 'foreign key',
  1557: 'foreign key',
  1586: 'unique',
  3819: 'check',
  4025: 'check',
}

/** Deadlock; a record that changed since it was read (MariaDB). */
const inTheWay = new Set([1020, 1213])
/** Too many connections, shutting down, gone away, lost. */
const unreachable = new Set([1040, 1053, 1077, 1079, 1203, 2006, 2013])
const interrupted = new Set([1317, 1969, 3024])
const lockTooLong = 1205

export function mysqlError(cause: unknown, isLost: boolean): ServiceError {
  if (cause instanceof ServiceError) return cause
  const { errno = 0, fatal = false, sqlMessage = '' } = factsOf(cause)
  if (inTheWay.has(errno)) return serializationFailure(cause)
  if (isLost || fatal || unreachable.has(errno)) return unavailable('The connection to the database was lost.', cause)
  const kind = kinds[errno]
  if (kind !== undefined) return constraintBroken({ kind, constraint: nameIn(sqlMessage) }, cause)
  if (interrupted.has(errno)) return statementTooLong(cause)
  if (errno === lockTooLong) {
    return new ServiceError('SQL_BUSY', 'Another transaction held its lock for too long.', { status: 503, cause })
  }
  return statementFailed(cause)
}

export function isInterrupted(error: unknown): boolean {
  return interrupted.has(factsOf(error).errno ?? 0)
}

/** The driver's word for an error after which the session is of no use. */
export function isFatal(error: unknown): boolean {
  return factsOf(error).fatal === true
}

/** The server says it in words only: `Duplicate entry '…' for key 'owner'`, ``CONSTRAINT `fk_owner` ``. */
function nameIn(words: string): string | undefined {
  return (/for key '([^']+)'$/.exec(words) ?? /CONSTRAINT `([^`]+)`/.exec(words))?.[1]
}

interface MysqlFacts {
  readonly errno?: number
  readonly fatal?: boolean
  readonly sqlMessage?: string
}

function factsOf(error: unknown): MysqlFacts {
  return error instanceof Error ? (error as Error & MysqlFacts) : {}
}
