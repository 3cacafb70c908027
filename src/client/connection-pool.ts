/**
 * ConnectionPool: connections that are kept for the next call.
 *
 *   take ────▶ an idle one, at once ───────────────▶ in use ─▶ free again ─▶ the call that waits longest, else idle
 *   acquire ─┬▶ fewer than the limits: open one ──▶        └─▶ closed ─────▶ the call that waits longest may open one
 *            ├▶ wait in line, until the call's context ends
 *            └▶ the line is full: POOL_EXHAUSTED
 *
 * An idle connection is closed after `idleTimeoutMs`, or a second before the server would do it where it says when
 * (`keep-alive: timeout=…`); every connection after `maxAgeMs`, so that a host name is looked up again.
 */
import type { CancelTimer, Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Context } from '../foundation/context/context.ts'
import type { TlsClientOptions } from '../platform/tls.ts'
import { RefusedError } from '../resilience/refused-error.ts'
import { parseAddress } from '../wire/address-blocks.ts'
import { type Endpoint, endpointAddress } from './endpoint.ts'
import { HostPool, type PoolWaiter, type Turn } from './host-pool.ts'
import { PooledConnection } from './pooled-connection.ts'

export interface PoolOptions {
  /** Connections to one host at once; default 64. Calls beyond it wait. */
  maxPerHost?: number
  /** Connections to all hosts together; default 1,024. */
  maxConnections?: number
  /** Calls to one host that may wait for a connection; default 1,024. One more fails at once. */
  maxWaiting?: number
  /** How long a connection is kept without a call, in milliseconds; default 30,000, below the 75 s of our servers. */
  idleTimeoutMs?: number
  /** After so long a connection is not kept any more, in milliseconds, give or take a tenth; default 300,000. */
  maxAgeMs?: number
  /** Longest time until a connection stands, in milliseconds; default 5,000. */
  connectTimeoutMs?: number
  tls?: TlsClientOptions | TlsSource
  clock?: Clock
}

/** TLS settings that change while the process runs, such as files that are rotated. */
export interface TlsSource {
  /** The settings for connections that are opened now. */
  current(): TlsClientOptions | Promise<TlsClientOptions>
  /** Calls back when connections of earlier settings should be replaced. Returns its own unsubscribe. */
  onChange(listener: () => void): () => void
  close(): void
}

/** How many connections there are, for one host. */
export interface PoolView {
  /** Scheme, host and port. */
  readonly host: string
  readonly used: number
  readonly idle: number
  readonly opening: number
  /** Calls that wait for a connection. */
  readonly waiting: number
}

export class ConnectionPool {
  readonly #hosts = new Map<string, HostPool>()
  readonly #limits: Required<Omit<PoolOptions, 'tls' | 'clock'>>
  readonly #clock: Clock
  readonly #tls: TlsClientOptions | TlsSource | undefined
  readonly #leaveTls: (() => void) | undefined
  #connections = 0
  /** Hosts whose calls wait because all hosts together have too many connections. */
  readonly #starved = new Set<HostPool>()
  #cancelSweep: CancelTimer | undefined
  #sweepMs = Number.POSITIVE_INFINITY
  /** Connections that were opened before it are not kept. */
  #goodSinceMs = Number.NEGATIVE_INFINITY
  #isClosed = false

  constructor({
    maxPerHost = 64,
    maxConnections = 1_024,
    maxWaiting = 1_024,
    idleTimeoutMs = 30_000,
    maxAgeMs = 300_000,
    connectTimeoutMs = 5_000,
    clock = systemClock,
    tls,
  }: PoolOptions = {}) {
    this.#limits = { maxPerHost, maxConnections, maxWaiting, idleTimeoutMs, maxAgeMs, connectTimeoutMs }
    this.#clock = clock
    this.#tls = tls
    this.#leaveTls = isSource(tls) ? tls.onChange(() => this.#replaceAll()) : undefined
  }

  /** An idle connection, if there is one and nobody waits for it. */
  take(endpoint: Endpoint): PooledConnection | undefined {
    const host = this.#hosts.get(endpoint.key)
    if (host === undefined || host.idle.length === 0) return undefined
    const kept = host.takeIdle(this.#clock.monotonic(), this.#limits.idleTimeoutMs)
    if (kept === undefined) return undefined
    kept.state = 'used'
    host.used.add(kept)
    return kept
  }

  /**
   * A connection for one call; it comes back by itself when the answer's body was read or discarded.
   *
   * @throws ServiceError `CONNECT_FAILED`, `CONNECT_TIMEOUT`, `TLS_FAILED` or `POOL_EXHAUSTED`; why the context ended.
   */
  async acquire(endpoint: Endpoint, context: Context): Promise<PooledConnection> {
    const kept = this.take(endpoint)
    if (kept !== undefined) return kept
    const host = this.#hostOf(endpoint)
    if (this.#mayOpen(host)) this.#reserve(host)
    else {
      const turn = await this.#turnAt(host, context)
      if (turn !== undefined) return this.#stillWanted(turn, context)
    }
    return this.#open(host, context)
  }

  /** Opens connections ahead of the first calls, up to `count` in all. Same errors as `acquire`. */
  async preconnect(endpoint: Endpoint, count: number, context: Context): Promise<void> {
    const host = this.#hostOf(endpoint)
    const missing = Math.min(count, this.#limits.maxPerHost) - host.size
    const opened = Array.from({ length: Math.max(0, missing) }, async () => {
      if (!this.#mayOpen(host)) return
      this.#reserve(host)
      this.freed(await this.#open(host, context))
    })
    await Promise.all(opened)
  }

  stats(): PoolView[] {
    return Array.from(this.#hosts.values(), ({ endpoint, used, idle, opening, waiting }) => ({
      host: endpoint.key,
      used: used.size,
      idle: idle.length,
      opening,
      waiting: waiting.size,
    }))
  }

  /** Closes what is idle now, and what is in use when it comes back; calls that wait go on. */
  close(): void {
    this.#isClosed = true
    this.#leaveTls?.()
    if (isSource(this.#tls)) this.#tls.close()
    this.#cancelSweep?.()
    for (const host of this.#hosts.values()) closeIdle(host)
  }

  // What connections tell.

  freed(connection: PooledConnection): void {
    const { host } = connection
    const nowMs = this.#clock.monotonic()
    const isOld = nowMs - connection.openedMs >= this.#maxAgeOf(connection) || connection.openedMs < this.#goodSinceMs
    if (this.#isClosed || isOld) {
      connection.wire.close()
      return
    }
    const waiter = host.shiftWaiter()
    if (waiter !== undefined) {
      waiter.give(connection)
      return
    }
    host.used.delete(connection)
    connection.state = 'idle'
    connection.sinceMs = nowMs
    host.idle.push(connection)
    this.#sweepAt(nowMs + Math.min(this.#limits.idleTimeoutMs, connection.keptByServerMs))
    // It may make room for a host that has none.
    if (this.#starved.size > 0) this.#feedStarved()
  }

  closed(connection: PooledConnection): void {
    if (connection.state === 'gone') return
    const { host } = connection
    if (connection.state === 'idle') {
      const at = host.idle.indexOf(connection)
      if (at !== -1) host.idle.splice(at, 1)
    }
    connection.state = 'gone'
    host.used.delete(connection)
    this.#connections--
    this.#slotFreed(host)
  }

  // Opening.

  #reserve(host: HostPool): void {
    host.opening++
    this.#connections++
    // Making room for it may have emptied it, and an empty one is forgotten.
    this.#hosts.set(host.endpoint.key, host)
  }

  async #open(host: HostPool, context: Context): Promise<PooledConnection> {
    const { endpoint } = host
    const { connectTimeoutMs } = this.#limits
    try {
      const tls = endpoint.isTls ? await this.#tlsFor(endpoint) : undefined
      const address = endpointAddress(endpoint)
      const dial = {
        ...address,
        signal: context.signal,
        timeoutMs: connectTimeoutMs,
        ...(tls !== undefined && { tls }),
      }
      const connection = await PooledConnection.connect(host, dial, () => this.#clock.monotonic())
      host.opening--
      host.used.add(connection)
      return connection
    } catch (error) {
      this.#connections--
      host.opening--
      this.#slotFreed(host)
      throw context.cancelled ?? error
    }
  }

  async #tlsFor({ host, address, proxy }: Endpoint): Promise<TlsClientOptions> {
    const own = isSource(this.#tls) ? await this.#tls.current() : this.#tls
    // Where the connection goes elsewhere, the name to verify is that of the URL. An address is never sent as a name.
    const isNamed = (address !== undefined || proxy !== undefined) && parseAddress(host) === undefined
    return { alpnProtocols: ['http/1.1'], ...(isNamed && { serverName: host }), ...own }
  }

  #mayOpen(host: HostPool): boolean {
    if (host.busy + host.idle.length >= this.#limits.maxPerHost || host.waiting.size > 0) return false
    return this.#connections < this.#limits.maxConnections || this.#closeAnIdleOne()
  }

  /** Room for a host that needs a connection more than another one that keeps it unused. */
  #closeAnIdleOne(): boolean {
    let oldest: PooledConnection | undefined
    for (const { idle } of this.#hosts.values()) {
      const [first] = idle
      if (first !== undefined && (oldest === undefined || first.sinceMs < oldest.sinceMs)) oldest = first
    }
    oldest?.wire.close()
    return oldest !== undefined
  }

  // Waiting.

  #turnAt(host: HostPool, context: Context): Promise<Turn> {
    const { maxPerHost, maxWaiting } = this.#limits
    if (host.waiting.size >= maxWaiting) throw exhausted(host, maxPerHost, maxWaiting)
    if (host.size < maxPerHost) this.#starved.add(host)
    return new Promise((resolve, reject) => {
      const unwatch = context.onCancel((reason) => {
        host.waiting.delete(waiter)
        reject(reason)
      })
      const waiter: PoolWaiter = {
        give(turn) {
          unwatch()
          resolve(turn)
        },
      }
      if (context.cancelled === undefined) host.waiting.add(waiter)
    })
  }

  /** Between the turn and its taking the call may have been given up. */
  #stillWanted(turn: PooledConnection, context: Context): PooledConnection {
    const reason = context.cancelled
    if (reason === undefined) return turn
    this.freed(turn)
    throw reason
  }

  #slotFreed(host: HostPool): void {
    this.#feed(host)
    if (this.#starved.size > 0) this.#feedStarved()
    if (host.size === 0 && host.waiting.size === 0) this.#hosts.delete(host.endpoint.key)
  }

  /** The right to open a connection, for as many as there is room for. */
  #feed(host: HostPool): void {
    while (host.waiting.size > 0 && host.size < this.#limits.maxPerHost) {
      if (this.#connections >= this.#limits.maxConnections && !this.#closeAnIdleOne()) {
        this.#starved.add(host)
        return
      }
      this.#reserve(host)
      host.shiftWaiter()?.give(undefined)
    }
  }

  #feedStarved(): void {
    const starved = [...this.#starved]
    this.#starved.clear()
    for (const host of starved) this.#feed(host)
  }

  // Growing old.

  #sweepAt(dueMs: number): void {
    if (dueMs >= this.#sweepMs) return
    this.#cancelSweep?.()
    this.#sweepMs = dueMs
    this.#cancelSweep = this.#clock.schedule(dueMs - this.#clock.monotonic(), () => this.#sweep())
  }

  #sweep(): void {
    const nowMs = this.#clock.monotonic()
    this.#sweepMs = Number.POSITIVE_INFINITY
    let nextMs = Number.POSITIVE_INFINITY
    for (const host of [...this.#hosts.values()]) {
      for (const connection of [...host.idle]) {
        const dueMs = connection.sinceMs + Math.min(this.#limits.idleTimeoutMs, connection.keptByServerMs)
        if (dueMs <= nowMs) connection.wire.close()
        else nextMs = Math.min(nextMs, dueMs)
      }
    }
    this.#sweepAt(nextMs)
  }

  /** Give or take a tenth, by the moment when it was opened: those that were opened together do not end together. */
  #maxAgeOf({ openedMs }: PooledConnection): number {
    return this.#limits.maxAgeMs * (0.9 + (0.2 * (openedMs % 97)) / 97)
  }

  /** Connections of earlier settings end: idle ones now, the others when they come back. */
  #replaceAll(): void {
    this.#goodSinceMs = this.#clock.monotonic()
    for (const host of this.#hosts.values()) closeIdle(host)
  }

  #hostOf(endpoint: Endpoint): HostPool {
    let host = this.#hosts.get(endpoint.key)
    if (host === undefined) {
      host = new HostPool(endpoint, this)
      this.#hosts.set(endpoint.key, host)
    }
    return host
  }
}

function closeIdle({ idle }: HostPool): void {
  for (const { wire } of [...idle]) wire.close()
}

function isSource(tls: TlsClientOptions | TlsSource | undefined): tls is TlsSource {
  return tls !== undefined && 'current' in tls
}

/** Refused here: it says nothing about the host. */
function exhausted({ endpoint }: HostPool, maxPerHost: number, maxWaiting: number): RefusedError {
  return new RefusedError(
    'POOL_EXHAUSTED',
    `${maxWaiting} calls wait already for one of the ${maxPerHost} connections to ${endpoint.authority}: call less at once, or allow more.`,
  )
}
