/**
 * RoutedDriver: lets Kysely run each query where it belongs.
 *
 *   query ─▶ the transaction of the current context │ else a connection of its own, for this query alone
 */
import type {
  CompiledQuery,
  DatabaseConnection,
  DatabaseIntrospector,
  DialectAdapter,
  Driver,
  Kysely,
  Dialect as KyselyDialect,
  QueryCompiler,
  QueryResult,
} from 'kysely'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Statement, StatementResult } from '../connection.ts'
import type { Dialect } from '../dialect.ts'
import type { QueryPlace } from '../query-place.ts'

export class RoutedDialect implements KyselyDialect {
  readonly #dialect: Dialect
  readonly #place: () => QueryPlace

  constructor(dialect: Dialect, place: () => QueryPlace) {
    this.#dialect = dialect
    this.#place = place
  }

  createDriver(): Driver {
    return new RoutedDriver(this.#place)
  }

  createQueryCompiler(): QueryCompiler {
    return this.#dialect.createQueryCompiler()
  }

  createAdapter(): DialectAdapter {
    return this.#dialect.createAdapter()
  }

  createIntrospector(db: Kysely<unknown>): DatabaseIntrospector {
    return this.#dialect.createIntrospector(db)
  }
}

class RoutedDriver implements Driver {
  readonly #place: () => QueryPlace

  constructor(place: () => QueryPlace) {
    this.#place = place
  }

  async init(): Promise<void> {}
  async destroy(): Promise<void> {}

  /** Kysely asks as soon as a query is executed, before any await: from here on it is known to run. */
  async acquireConnection(): Promise<DatabaseConnection> {
    return new RoutedConnection(this.#place())
  }

  async releaseConnection(connection: DatabaseConnection): Promise<void> {
    if (connection instanceof RoutedConnection) connection.place.leave()
  }

  beginTransaction(): Promise<void> {
    throw useTransaction()
  }

  commitTransaction(): Promise<void> {
    throw useTransaction()
  }

  rollbackTransaction(): Promise<void> {
    throw useTransaction()
  }
}

class RoutedConnection implements DatabaseConnection {
  readonly place: QueryPlace

  constructor(place: QueryPlace) {
    this.place = place
  }

  async executeQuery<R>(query: CompiledQuery): Promise<QueryResult<R>> {
    return toQueryResult<R>(await this.place.execute(statementOf(query)))
  }

  async *streamQuery<R>(query: CompiledQuery, chunkSize: number): AsyncIterableIterator<QueryResult<R>> {
    for await (const piece of this.place.stream(statementOf(query), chunkSize)) yield toQueryResult<R>(piece)
  }
}

/** A plain select; one that locks its rows is a write, since a reader may not. */
const lockingSelect = /\bfor\s+(?:no\s+key\s+)?(?:update|share|key\s+share)\b/i
const readingText = /^\s*(?:select|values|explain|show|describe)\b/i

function statementOf({ sql, parameters, query }: CompiledQuery): Statement {
  const reads = query.kind === 'SelectQueryNode' || (query.kind === 'RawNode' && readingText.test(sql))
  return { sql, parameters, isRead: reads && !lockingSelect.test(sql) }
}

/** Of a statement that only its text tells of. */
export function isReadText(sql: string): boolean {
  return readingText.test(sql) && !lockingSelect.test(sql)
}

function toQueryResult<R>({ rows, affectedRows, insertId }: StatementResult): QueryResult<R> {
  return {
    // The table types of Kysely say what a row is; nobody can check it here.
    rows: rows as R[],
    ...(affectedRows !== undefined && { numAffectedRows: affectedRows }),
    ...(insertId !== undefined && { insertId }),
  }
}

export function useTransaction(whose = 'Kysely’s own transaction()'): ServiceError {
  return new ServiceError(
    'USE_DATABASE_TRANSACTION',
    `${whose} was called on a database of Genever. Call database.transaction(work): it travels in the context, and every query below takes part.`,
  )
}
