/**
 * HostPool: the connections to one host, and the calls that wait for one.
 *
 *   idle [oldest … newest]    taken from the end, so that those a peak needed grow old and are closed
 *   waiting [first … last]    whoever came first is served first, by a connection or by the right to open one
 */
import type { ConnectionPool } from './connection-pool.ts'
import type { Endpoint } from './endpoint.ts'
import type { PooledConnection } from './pooled-connection.ts'

/** What a waiting call gets: a connection, or nothing but the right to open one. */
export type Turn = PooledConnection | undefined

export interface PoolWaiter {
  give(turn: Turn): void
}

export class HostPool {
  readonly endpoint: Endpoint
  readonly idle: PooledConnection[] = []
  readonly waiting: Set<PoolWaiter> = new Set()
  readonly used: Set<PooledConnection> = new Set()
  /** Connections that are being opened, and rights to open one that were given away. */
  opening = 0
  readonly #pool: ConnectionPool

  constructor(endpoint: Endpoint, pool: ConnectionPool) {
    this.endpoint = endpoint
    this.#pool = pool
  }

  /** What counts against the limit of the host. */
  get busy(): number {
    return this.used.size + this.opening
  }

  get size(): number {
    return this.busy + this.idle.length
  }

  /** The newest that is still good. */
  takeIdle(nowMs: number, idleTimeoutMs: number): PooledConnection | undefined {
    for (let kept = this.idle.pop(); kept !== undefined; kept = this.idle.pop()) {
      // After a busy turn of the loop the timer may be late, and the server's own was not.
      if (kept.wire.isFree && nowMs - kept.sinceMs < Math.min(idleTimeoutMs, kept.keptByServerMs)) return kept
      kept.wire.close()
    }
    return undefined
  }

  shiftWaiter(): PoolWaiter | undefined {
    const [first] = this.waiting
    if (first !== undefined) this.waiting.delete(first)
    return first
  }

  /** Its answer was read. */
  freed(connection: PooledConnection): void {
    this.#pool.freed(connection)
  }

  /** Whoever ended it. */
  closed(connection: PooledConnection): void {
    this.#pool.closed(connection)
  }
}
