/** OwnConnection: a query outside of transactions has a connection for itself, for as long as it runs. */
import type { Context } from '../../foundation/context/context.ts'
import type { Statement, StatementResult } from '../connection.ts'
import type { ConnectionSource } from '../connection-source.ts'
import type { QueryPlace } from '../query-place.ts'

export class OwnConnection implements QueryPlace {
  readonly #source: ConnectionSource
  readonly #context: Context | undefined

  constructor(source: ConnectionSource, context: Context | undefined) {
    this.#source = source
    this.#context = context
  }

  async execute(statement: Statement): Promise<StatementResult> {
    const connection = await this.#source.acquire(statement.isRead ? 'read' : 'write', this.#context)
    try {
      return await connection.execute(statement, this.#context)
    } finally {
      this.#source.release(connection)
    }
  }

  async *stream(statement: Statement, pieceRows: number): AsyncIterableIterator<StatementResult> {
    const connection = await this.#source.acquire(statement.isRead ? 'read' : 'write', this.#context)
    try {
      yield* connection.stream(statement, pieceRows, this.#context)
    } finally {
      this.#source.release(connection)
    }
  }

  leave(): void {}
}
