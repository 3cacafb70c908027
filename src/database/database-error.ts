/** The errors of this folder that more than one file throws. */
import { ServiceError } from '../foundation/errors/service-error.ts'

/** The server cannot be reached, or a session with it was lost. */
export function unavailable(what: string, cause?: unknown): ServiceError {
  return new ServiceError('DATABASE_UNAVAILABLE', what, { status: 503, retryable: true, cause })
}

export function databaseClosed(): ServiceError {
  return new ServiceError(
    'DATABASE_CLOSED',
    'The database was closed: the service is stopping, or close() was called.',
    {
      status: 503,
      retryable: false,
    },
  )
}

/** Another transaction was in the way; the same work may succeed when it is done again from its beginning. */
export function serializationFailure(cause: unknown): ServiceError {
  return new ServiceError(
    'SQL_SERIALIZATION',
    'Another transaction changed the same rows; do the whole transaction again.',
    {
      status: 409,
      retryable: true,
      cause,
    },
  )
}

/** The server stopped the statement, at its own limit or because somebody asked it to. */
export function statementTooLong(cause?: unknown): ServiceError {
  return new ServiceError('SQL_TIMEOUT', 'The statement took longer than it may; the database stopped it.', {
    status: 504,
    retryable: false,
    cause,
  })
}

/** @throws ServiceError `DATABASE_DRIVER_MISSING` */
export function driverMissing(driver: string, cause: unknown): ServiceError {
  return new ServiceError(
    'DATABASE_DRIVER_MISSING',
    `This database needs the package ${driver}: npm install ${driver}`,
    { cause },
  )
}

export interface ConstraintFacts {
  readonly kind: 'unique' | 'foreign key' | 'not null' | 'check' | 'exclusion' | 'other'
  /** As the database calls it, for logs and for code that branches on it. */
  readonly constraint?: string | undefined
}

export function constraintBroken(facts: ConstraintFacts, cause: unknown): ConstraintError {
  return new ConstraintError(facts, cause)
}

/** `SQL_CONSTRAINT`: names of constraints stay off the wire, since they tell of the schema. */
export class ConstraintError extends ServiceError {
  readonly kind: ConstraintFacts['kind']
  readonly constraint: string | undefined

  constructor({ kind, constraint }: ConstraintFacts, cause: unknown) {
    super('SQL_CONSTRAINT', `The change breaks a rule of the database (${kind}).`, { status: 409, cause })
    this.kind = kind
    this.constraint = constraint
  }
}

/** The statement itself is wrong, or the server refused it; its own words name tables, so they stay in the cause. */
export function statementFailed(cause: unknown): ServiceError {
  return new ServiceError('SQL_FAILED', 'The database refused the statement; the cause says why.', { cause })
}
