/**
 * QueryTelemetry: what a database says of each statement: its duration, a span, and a line in the log when it was slow.
 *
 *   execute ─▶ begin ─▶ the connection ─▶ ended ─▶ histogram · span ─▶ slower than slowQueryMs ─▶ log: statement, duration, file:line
 *
 * Values are told nowhere: statements have placeholders, and what stands in their text is taken out.
 * Names are those of OpenTelemetry's semantic conventions for database clients (stable, 1.33).
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import { currentContext } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { exemplarOf } from '../../telemetry/exemplar.ts'
import type { Logger } from '../../telemetry/logger.ts'
import type { Histogram, HistogramSeries, Meter } from '../../telemetry/meter.ts'
import { currentSpan, type Span, type SpanAttributes } from '../../telemetry/tracer.ts'
import type { Statement, StatementResult } from '../connection.ts'
import type { Dialect } from '../dialect.ts'
import { callerPlace } from './caller-place.ts'
import { type StatementSummary, summaryOf } from './statement-summary.ts'

export interface QueryTelemetryOptions {
  readonly name: string
  readonly dialect: Dialect
  readonly meter: Meter | undefined
  readonly log: Logger
  readonly slowQueryMs: number
  readonly clock: Clock
}

type DurationLabel = 'pool' | 'db_system_name' | 'db_operation_name' | 'db_collection_name' | 'error_type'

interface KnownStatement extends StatementSummary {
  /** Of those that succeeded. */
  readonly series: HistogramSeries | undefined
}

/** Summaries that are kept, the oldest first. */
const keptSummaries = 500

export class QueryTelemetry {
  readonly clock: Clock
  /** Whether a duration is wanted even where no span is. */
  readonly isTimed: boolean
  readonly #name: string
  readonly #dialect: Dialect
  readonly #log: Logger
  readonly #slowQueryMs: number
  readonly #durations: Histogram<DurationLabel> | undefined
  readonly #attributes: SpanAttributes
  readonly #known = new Map<string, KnownStatement>()

  constructor({ name, dialect, meter, log, slowQueryMs, clock }: QueryTelemetryOptions) {
    this.#name = name
    this.#dialect = dialect
    this.#log = log
    this.clock = clock
    this.#slowQueryMs = log.isEnabled('warn') ? slowQueryMs : Number.POSITIVE_INFINITY
    this.#durations = meter?.histogram({
      name: 'db_client_operation_duration_seconds',
      help: 'Time of a statement at the database, without the wait for a connection.',
      labels: ['pool', 'db_system_name', 'db_operation_name', 'db_collection_name', 'error_type'],
      buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10],
    })
    this.isTimed = this.#durations !== undefined || this.#slowQueryMs < Number.POSITIVE_INFINITY
    const { system, host, port, namespace } = dialect.address
    this.#attributes = {
      'db.system.name': system,
      'db.namespace': namespace,
      'server.address': host,
      'server.port': port,
    }
  }

  /** Below the caller's span and by its tracer. A statement that belongs to nothing would be a trace of its own: it has none. */
  startSpan({ sql }: Statement): Span | undefined {
    const span = currentContext()?.get(currentSpan)
    if (span?.isRecording !== true) return undefined
    const { name, operation, collection, text } = this.#summary(sql)
    return span.child(name, {
      kind: 'client',
      attributes: {
        ...this.#attributes,
        'db.operation.name': operation,
        'db.collection.name': collection,
        'db.query.summary': name,
        'db.query.text': text,
      },
    })
  }

  ended(statement: Statement, span: Span | undefined, startedMs: number, outcome: StatementResult | Error): void {
    const tookMs = this.clock.monotonic() - startedMs
    const error = outcome instanceof Error ? outcome : undefined
    if (this.#durations !== undefined) this.#observe(statement, tookMs, error, span)
    if (tookMs >= this.#slowQueryMs) this.#tellSlow(statement, tookMs, outcome, span)
    if (span === undefined) return
    if (error !== undefined) tellFailure(span, error)
    else if (!(outcome instanceof Error) && statement.isRead) span.set('db.response.returned_rows', outcome.rows.length)
    span.end()
  }

  #observe({ sql }: Statement, tookMs: number, error: Error | undefined, span: Span | undefined): void {
    const known = this.#summary(sql)
    const series = error === undefined ? known.series : this.#series(known, errorType(error))
    series?.observe(tookMs / 1_000, exemplarOf(span))
  }

  #tellSlow({ sql }: Statement, tookMs: number, outcome: StatementResult | Error, span: Span | undefined): void {
    const { text } = this.#summary(sql)
    const at = callerPlace()
    if (at !== undefined) span?.set('code.location', at)
    this.#log.warn('slow query', {
      database: this.#name,
      statement: text,
      durationMs: Math.round(tookMs * 100) / 100,
      ...(at !== undefined && { at }),
      ...(outcome instanceof Error
        ? { error: errorType(outcome) }
        : { rows: outcome.rows.length || Number(outcome.affectedRows ?? 0) }),
    })
  }

  #summary(sql: string): KnownStatement {
    const known = this.#known.get(sql)
    if (known !== undefined) return known
    const summary = summaryOf(sql, this.#dialect.name)
    const fresh = { ...summary, series: this.#series(summary, '') }
    this.#known.set(sql, fresh)
    const [oldest] = this.#known.keys()
    if (this.#known.size > keptSummaries && oldest !== undefined) this.#known.delete(oldest)
    return fresh
  }

  #series({ operation, collection = '' }: StatementSummary, error: string): HistogramSeries | undefined {
    return this.#durations?.labels({
      pool: this.#name,
      db_system_name: this.#dialect.address.system,
      db_operation_name: operation,
      db_collection_name: collection,
      error_type: error,
    })
  }
}

function tellFailure(span: Span, error: Error): void {
  span.set('error.type', errorType(error))
  const status = statusOf(error.cause)
  if (status !== undefined) span.set('db.response.status_code', status)
  // The code, not the server's words: those quote values.
  span.fail(errorType(error))
}

function errorType(error: Error): string {
  return error instanceof ServiceError ? error.code : error.name
}

/** SQLSTATE where the driver tells it, else the database's own number. */
function statusOf(cause: unknown): string | undefined {
  if (typeof cause !== 'object' || cause === null) return undefined
  const { sqlState, code, errcode } = cause as { sqlState?: unknown; code?: unknown; errcode?: unknown }
  const status = sqlState ?? errcode ?? code
  return typeof status === 'string' || typeof status === 'number' ? String(status) : undefined
}
