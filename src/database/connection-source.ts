/** ConnectionSource: where connections come from and go back to. */
import type { Context } from '../foundation/context/context.ts'
import type { Connection } from './connection.ts'

/** What a connection is wanted for: on SQLite one connection writes and others read. */
export type ConnectionUse = 'read' | 'write'

export interface ConnectionSource {
  /**
   * A connection for the caller alone, until it is released.
   *
   * @throws ServiceError `DATABASE_UNAVAILABLE`, `DATABASE_POOL_TIMEOUT`, `DATABASE_CLOSED`, or why the context was cancelled.
   */
  acquire(use: ConnectionUse, context?: Context): Promise<Connection>
  /** One that is not usable any more is closed. */
  release(connection: Connection): void
  /** Waits for connections that are out, until `signal` aborts; then closes them. */
  close(signal?: AbortSignal): Promise<void>
  stats(): ConnectionStats
}

export interface ConnectionStats {
  /** Held by somebody. */
  readonly used: number
  readonly idle: number
  /** Callers in line. */
  readonly waiting: number
  readonly max: number
}
