/**
 * ConnectionPool: connections that are kept, and a line for them.
 *
 *   acquire ─▶ an idle one │ a new one below max │ in line ─▶ used ─release─▶ the first in line │ idle │ closed when old or lost
 *
 * The one used last is given first, so that what is too many grows old and is closed.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Connection } from './connection.ts'
import type { ConnectionSource, ConnectionStats, ConnectionUse } from './connection-source.ts'
import { databaseClosed } from './database-error.ts'

export interface PoolOptions {
  /** Connections at most; default 10, on SQLite 8 readers beside the one writer. */
  readonly max?: number
  /** How long a caller waits in line, in milliseconds; the context's deadline holds if it is nearer. Default 5,000. */
  readonly acquireTimeoutMs?: number
  /** An idle connection is closed after this time, in milliseconds; default 60,000. */
  readonly idleTimeoutMs?: number
  /** A connection is not used again after this time, in milliseconds; default 30 minutes. */
  readonly maxLifetimeMs?: number
}

export interface PoolParts extends PoolOptions {
  readonly max: number
  connect(): Promise<Connection>
  readonly clock?: Clock
}

interface Idle {
  readonly connection: Connection
  readonly sinceMs: number
}

interface Waiter {
  resolve(connection: Connection): void
  reject(error: unknown): void
}

export class ConnectionPool implements ConnectionSource {
  readonly #connect: () => Promise<Connection>
  readonly #clock: Clock
  readonly #max: number
  readonly #acquireTimeoutMs: number
  readonly #idleTimeoutMs: number
  readonly #maxLifetimeMs: number
  readonly #idle: Idle[] = []
  readonly #bornMs = new WeakMap<Connection, number>()
  readonly #used = new Set<Connection>()
  readonly #waiters = new Set<Waiter>()
  /** Connections that are being made: they count against `max`. */
  #opening = 0
  #cancelSweep: CancelTimer | undefined
  #closed = false
  #whenEmpty: (() => void) | undefined

  constructor({ max, connect, clock = systemClock, ...times }: PoolParts) {
    this.#max = max
    this.#connect = connect
    this.#clock = clock
    this.#acquireTimeoutMs = times.acquireTimeoutMs ?? 5_000
    this.#idleTimeoutMs = times.idleTimeoutMs ?? 60_000
    this.#maxLifetimeMs = times.maxLifetimeMs ?? 30 * 60_000
  }

  async acquire(_use: ConnectionUse, context?: Context): Promise<Connection> {
    context?.throwIfCancelled()
    if (this.#closed) throw databaseClosed()
    if (this.#waiters.size === 0) {
      const kept = this.#takeIdle()
      if (kept !== undefined) return kept
    }
    const wait = this.#waitInLine(context)
    this.#openForWaiters()
    return await wait
  }

  release(connection: Connection): void {
    if (!this.#used.delete(connection)) return
    if (this.#isWorn(connection) || this.#closed) connection.close()
    else this.#offer(connection)
    this.#openForWaiters()
    this.#noticeEmpty()
  }

  async close(signal?: AbortSignal): Promise<void> {
    this.#closed = true
    this.#cancelSweep?.()
    for (const { connection } of this.#idle.splice(0)) connection.close()
    for (const waiter of this.#waiters) waiter.reject(databaseClosed())
    this.#waiters.clear()
    if (this.#used.size + this.#opening > 0) await this.#emptyOr(signal)
    for (const connection of this.#used) connection.close()
    this.#used.clear()
  }

  stats(): ConnectionStats {
    const { size } = this.#used
    return { used: size, idle: this.#idle.length, waiting: this.#waiters.size, max: this.#max }
  }

  #takeIdle(): Connection | undefined {
    for (let entry = this.#idle.pop(); entry !== undefined; entry = this.#idle.pop()) {
      if (!this.#isWorn(entry.connection)) {
        this.#used.add(entry.connection)
        return entry.connection
      }
      entry.connection.close()
    }
    return undefined
  }

  #isWorn(connection: Connection): boolean {
    const ageMs = this.#clock.monotonic() - (this.#bornMs.get(connection) ?? 0)
    return !connection.isUsable || ageMs >= this.#maxLifetimeMs
  }

  /** To the first in line, or back to the idle ones. */
  #offer(connection: Connection): void {
    const [first] = this.#waiters
    if (first === undefined) {
      this.#idle.push({ connection, sinceMs: this.#clock.monotonic() })
      this.#sweepLater()
      return
    }
    this.#used.add(connection)
    first.resolve(connection)
  }

  #waitInLine(context: Context | undefined): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const leave = (): void => {
        this.#waiters.delete(waiter)
        cancelTimer()
        leaveContext?.()
      }
      const waiter: Waiter = {
        resolve: (connection) => {
          leave()
          resolve(connection)
        },
        reject: (error) => {
          leave()
          reject(error)
        },
      }
      this.#waiters.add(waiter)
      const cancelTimer = this.#clock.schedule(this.#acquireTimeoutMs, () => waiter.reject(this.#tooLong()), true)
      const leaveContext = context?.onCancel((reason) => waiter.reject(reason))
    })
  }

  /** A new connection for each in line, as far as `max` allows; a failure is told to one of them. */
  #openForWaiters(): void {
    while (
      !this.#closed &&
      this.#opening < this.#waiters.size &&
      this.#used.size + this.#idle.length + this.#opening < this.#max
    ) {
      this.#opening++
      void this.#open()
    }
  }

  async #open(): Promise<void> {
    try {
      const connection = await this.#connect()
      this.#opening--
      this.#bornMs.set(connection, this.#clock.monotonic())
      if (this.#closed) connection.close()
      else this.#offer(connection)
    } catch (error) {
      this.#opening--
      const [first] = this.#waiters
      first?.reject(error)
      this.#openForWaiters()
    }
    this.#noticeEmpty()
  }

  #sweepLater(): void {
    if (this.#cancelSweep !== undefined || this.#closed) return
    this.#cancelSweep = this.#clock.schedule(this.#idleTimeoutMs, () => {
      this.#cancelSweep = undefined
      this.#closeOld()
      if (this.#idle.length > 0) this.#sweepLater()
    })
  }

  #closeOld(): void {
    const limitMs = this.#clock.monotonic() - this.#idleTimeoutMs
    const kept = this.#idle.filter(({ connection, sinceMs }) => sinceMs > limitMs && !this.#isWorn(connection))
    for (const entry of this.#idle) if (!kept.includes(entry)) entry.connection.close()
    this.#idle.splice(0, this.#idle.length, ...kept)
  }

  #emptyOr(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#whenEmpty = resolve
      if (signal?.aborted === true) resolve()
      else signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  #noticeEmpty(): void {
    if (this.#used.size + this.#opening === 0) this.#whenEmpty?.()
  }

  #tooLong(): ServiceError {
    const { used, waiting } = this.stats()
    return new ServiceError(
      'DATABASE_POOL_TIMEOUT',
      `No connection to the database became free in ${this.#acquireTimeoutMs} ms: ${used} of ${this.#max} in use, ${waiting} callers in line. Shorten transactions, or raise \`pool.max\`.`,
      { status: 503, retryable: true },
    )
  }
}
