/**
 * SingleWriterSource: one connection that writes and several that read, for a database in this process.
 *
 * Writers wait here, in line and without blocking the thread: at the database they would block it, and with it the writer
 * that they wait for.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import type { Context } from '../foundation/context/context.ts'
import type { Connection } from './connection.ts'
import { ConnectionPool, type PoolOptions } from './connection-pool.ts'
import type { ConnectionSource, ConnectionStats, ConnectionUse } from './connection-source.ts'
import type { Dialect } from './dialect.ts'

export class SingleWriterSource implements ConnectionSource {
  readonly #writer: ConnectionPool
  readonly #readers: ConnectionPool
  readonly #reading = new WeakSet<Connection>()

  /** `max` counts readers; 0 where readers would not see what the writer wrote, as in a database in memory. */
  constructor(
    dialect: Pick<Dialect, 'connect'>,
    { max, ...options }: PoolOptions & { readonly max: number; readonly clock: Clock },
  ) {
    // The file stays open for as long as the process: nothing is gained by opening it again.
    const kept = { ...options, idleTimeoutMs: 3_600_000, maxLifetimeMs: Number.POSITIVE_INFINITY }
    this.#writer = new ConnectionPool({ ...kept, max: 1, connect: () => dialect.connect('write') })
    this.#readers =
      max === 0 ? this.#writer : new ConnectionPool({ ...kept, max, connect: () => dialect.connect('read') })
  }

  async acquire(use: ConnectionUse, context?: Context): Promise<Connection> {
    if (use === 'write') return await this.#writer.acquire(use, context)
    const connection = await this.#readers.acquire(use, context)
    this.#reading.add(connection)
    return connection
  }

  release(connection: Connection): void {
    if (this.#reading.has(connection)) this.#readers.release(connection)
    else this.#writer.release(connection)
  }

  async close(signal?: AbortSignal): Promise<void> {
    await Promise.all([this.#readers.close(signal), this.#writer.close(signal)])
  }

  stats(): ConnectionStats {
    const writer = this.#writer.stats()
    if (this.#readers === this.#writer) return writer
    const readers = this.#readers.stats()
    return {
      used: writer.used + readers.used,
      idle: writer.idle + readers.idle,
      waiting: writer.waiting + readers.waiting,
      max: writer.max + readers.max,
    }
  }
}
