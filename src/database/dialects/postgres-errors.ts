/** PostgresErrors: what an SQLSTATE means here (PostgreSQL, appendix A). */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ConstraintFacts } from '../database-error.ts'
import {
  constraintBroken,
  serializationFailure,
  statementFailed,
  statementTooLong,
  unavailable,
} from '../database-error.ts'

const kinds: Readonly<Record<string, ConstraintFacts['kind']>> = {
  '23502': 'not null',
  '23503': 'foreign key',
  '23505': 'unique',
  '23514': 'check',
  '23P01': 'exclusion',
}

/** Connection lost (08), shutting down or starting (57P), no connection left (53300): not the statement's fault. */
const unreachable = /^(?:08...|57P0[1-5]|53300)$/
const inTheWay = new Set(['40001', '40P01'])
const cancelled = '57014'
const lockNotAvailable = '55P03'

/** `isLost` where the session is gone, whatever the error says. */
export function postgresError(cause: unknown, isLost: boolean): ServiceError {
  if (cause instanceof ServiceError) return cause
  const { code = '', constraint } = factsOf(cause)
  if (inTheWay.has(code)) return serializationFailure(cause)
  if (isLost || unreachable.test(code)) return unavailable('The connection to PostgreSQL was lost.', cause)
  if (code.startsWith('23')) return constraintBroken({ kind: kinds[code] ?? 'other', constraint }, cause)
  if (code === cancelled) return statementTooLong(cause)
  if (code === lockNotAvailable) {
    return new ServiceError('SQL_BUSY', 'Another transaction held its lock for too long.', { status: 503, cause })
  }
  return statementFailed(cause)
}

export function isCancelled(error: unknown): boolean {
  return factsOf(error).code === cancelled
}

function factsOf(error: unknown): { code?: string; constraint?: string } {
  return error instanceof Error ? (error as Error & { code?: string; constraint?: string }) : {}
}
