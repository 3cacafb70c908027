/**
 * ConnectionPool: connections that are kept for the next call.
 *
 *   acquire ─▶ an idle one ─────────────────────▶ in use ─▶ free again ─▶ idle, and a waiting call is told
 *          ├─▶ fewer than the limit: open one ──▶        └─▶ closed
 *          └─▶ wait for one, until the call's signal aborts
 *
 * The newest idle connection is used first, so that those a peak needed grow old and are closed.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { TlsClientOptions } from '../platform/tls.ts'
import { Http1ClientConnection } from '../wire/http1/client-connection.ts'
import type { Endpoint } from './endpoint.ts'

export interface PoolOptions {
  /** Connections to one host at once; default 64. Calls beyond it wait. */
  maxPerHost?: number
  /** How long a connection is kept without a call, in milliseconds; default 30,000, below the 75 s of our servers. */
  idleTimeoutMs?: number
  /** Longest time until a connection stands, in milliseconds; default 5,000. */
  connectTimeoutMs?: number
  tls?: TlsClientOptions
  clock?: Clock
}

interface Idle {
  readonly connection: Http1ClientConnection
  readonly sinceMs: number
}

/** One host's connections. */
class Host {
  readonly idle: Idle[] = []
  readonly inUse = new Set<Http1ClientConnection>()
  readonly waiting = new Set<() => void>()
  opening = 0

  get count(): number {
    return this.inUse.size + this.opening
  }
}

/** A connection for one call; it goes back by itself when the answer's body was read or discarded. */
export interface Acquired {
  readonly connection: Http1ClientConnection
  /** It was kept from an earlier call, so the other end may have closed it meanwhile. */
  readonly isReused: boolean
}

export class ConnectionPool {
  readonly #hosts = new Map<string, Host>()
  readonly #options: Required<Omit<PoolOptions, 'tls'>> & Pick<PoolOptions, 'tls'>
  #isClosed = false

  constructor({
    maxPerHost = 64,
    idleTimeoutMs = 30_000,
    connectTimeoutMs = 5_000,
    clock = systemClock,
    ...rest
  }: PoolOptions = {}) {
    this.#options = { maxPerHost, idleTimeoutMs, connectTimeoutMs, clock, ...rest }
  }

  /** @throws ServiceError `CONNECT_FAILED`, `CONNECT_TIMEOUT` or `TLS_FAILED`; the signal's reason. */
  async acquire(endpoint: Endpoint, signal: AbortSignal): Promise<Acquired> {
    const host = this.#hostOf(endpoint)
    while (host.idle.length === 0 && host.count >= this.#options.maxPerHost) await turnAt(host, signal)
    signal.throwIfAborted()
    const kept = takeIdle(host)
    const connection = kept ?? (await this.#open(host, endpoint, signal))
    host.inUse.add(connection)
    return { connection, isReused: kept !== undefined }
  }

  /** Closes what is idle now, and what is in use when it comes back. */
  close(): void {
    this.#isClosed = true
    for (const host of this.#hosts.values()) for (const { connection } of host.idle.splice(0)) connection.close()
  }

  async #open(host: Host, { host: name, port, isTls }: Endpoint, signal: AbortSignal): Promise<Http1ClientConnection> {
    const { connectTimeoutMs, tls } = this.#options
    host.opening++
    try {
      return await Http1ClientConnection.connect({
        host: name,
        port,
        signal,
        timeoutMs: connectTimeoutMs,
        onFree: (connection) => this.#keep(host, connection),
        onClose: (connection) => forget(host, connection),
        ...(isTls && { tls: { alpnProtocols: ['http/1.1'], ...tls } }),
      })
    } catch (error) {
      tellNext(host)
      throw error
    } finally {
      host.opening--
    }
  }

  #keep(host: Host, connection: Http1ClientConnection): void {
    if (!host.inUse.delete(connection)) return
    const { clock, idleTimeoutMs } = this.#options
    if (this.#isClosed) connection.close()
    else {
      host.idle.push({ connection, sinceMs: clock.monotonic() })
      clock.schedule(idleTimeoutMs, () => this.#closeOld(host))
    }
    tellNext(host)
  }

  #closeOld(host: Host): void {
    const { clock, idleTimeoutMs } = this.#options
    const oldestMs = clock.monotonic() - idleTimeoutMs
    while (host.idle[0] !== undefined && host.idle[0].sinceMs <= oldestMs) host.idle.shift()?.connection.close()
  }

  #hostOf({ key }: Endpoint): Host {
    let host = this.#hosts.get(key)
    if (host === undefined) {
      host = new Host()
      this.#hosts.set(key, host)
    }
    return host
  }
}

function takeIdle(host: Host): Http1ClientConnection | undefined {
  for (let kept = host.idle.pop(); kept !== undefined; kept = host.idle.pop()) {
    if (kept.connection.isFree) return kept.connection
  }
  return undefined
}

function forget(host: Host, connection: Http1ClientConnection): void {
  const at = host.idle.findIndex((kept) => kept.connection === connection)
  if (at !== -1) host.idle.splice(at, 1)
  if (host.inUse.delete(connection)) tellNext(host)
}

function tellNext(host: Host): void {
  const [next] = host.waiting
  next?.()
}

/** Resolves when a connection may be free; the first to wait is the first to be told. */
function turnAt(host: Host, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const proceed = (): void => {
      host.waiting.delete(proceed)
      signal.removeEventListener('abort', giveUp)
      resolve()
    }
    const giveUp = (): void => {
      host.waiting.delete(proceed)
      reject(signal.reason)
    }
    if (signal.aborted) return reject(signal.reason)
    host.waiting.add(proceed)
    signal.addEventListener('abort', giveUp, { once: true })
  })
}
