/** QueryPlace: where one query runs, from when it begins until it has ended. */
import type { Statement, StatementResult } from './connection.ts'

export interface QueryPlace {
  execute(statement: Statement): Promise<StatementResult>
  stream(statement: Statement, pieceRows: number): AsyncIterableIterator<StatementResult>
  /** The query has ended, however it did. */
  leave(): void
}
