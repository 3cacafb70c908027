/** ObservedConnection: a connection whose statements are measured, and traced where the caller is. */
import type { Context } from '../../foundation/context/context.ts'
import type { Span } from '../../telemetry/tracer.ts'
import type { Connection, Statement, StatementResult } from '../connection.ts'
import type { QueryTelemetry } from './query-telemetry.ts'

export class ObservedConnection implements Connection {
  readonly #inner: Connection
  readonly #telemetry: QueryTelemetry

  constructor(inner: Connection, telemetry: QueryTelemetry) {
    this.#inner = inner
    this.#telemetry = telemetry
  }

  get isUsable(): boolean {
    return this.#inner.isUsable
  }

  execute(statement: Statement, context?: Context): Promise<StatementResult> {
    const span = this.#telemetry.startSpan(statement)
    if (span === undefined && !this.#telemetry.isTimed) return this.#inner.execute(statement, context)
    return this.#observed(statement, context, span)
  }

  /** From its first row asked for to its last, the reader's own time included. */
  async *stream(statement: Statement, pieceRows: number, context?: Context): AsyncIterableIterator<StatementResult> {
    const span = this.#telemetry.startSpan(statement)
    const startedMs = this.#telemetry.clock.monotonic()
    let outcome: StatementResult | Error = { rows: [] }
    try {
      yield* this.#inner.stream(statement, pieceRows, context)
    } catch (error) {
      outcome = asError(error)
      throw error
    } finally {
      this.#telemetry.ended({ ...statement, isRead: false }, span, startedMs, outcome)
    }
  }

  close(): void {
    this.#inner.close()
  }

  async #observed(
    statement: Statement,
    context: Context | undefined,
    span: Span | undefined,
  ): Promise<StatementResult> {
    const startedMs = this.#telemetry.clock.monotonic()
    try {
      const result = await this.#inner.execute(statement, context)
      this.#telemetry.ended(statement, span, startedMs, result)
      return result
    } catch (error) {
      this.#telemetry.ended(statement, span, startedMs, asError(error))
      throw error
    }
  }
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
