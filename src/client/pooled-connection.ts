/**
 * PooledConnection: a connection with what its pool knows of it.
 *
 *   used ──answer read──▶ idle ──next call──▶ used …        idle too long, too old, or closed by the other end ─▶ gone
 */
import type { ConnectOptions } from '../platform/connect.ts'
import { Http1ClientConnection } from '../wire/http1/client-connection.ts'
import type { HostPool } from './host-pool.ts'

export type ConnectionState = 'used' | 'idle' | 'gone'

export class PooledConnection {
  readonly wire: Http1ClientConnection
  readonly host: HostPool
  /** When it stood, on the clock of the pool. */
  readonly openedMs: number
  state: ConnectionState = 'used'
  /** When it became idle. */
  sinceMs = 0
  /** How long the server keeps it without a request, less a second; it says so in `keep-alive: timeout=5`. */
  keptByServerMs: number = Number.POSITIVE_INFINITY

  static async connect(host: HostPool, address: DialOptions, nowMs: () => number): Promise<PooledConnection> {
    let pooled: PooledConnection | undefined
    const wire = await Http1ClientConnection.connect({
      ...address,
      onFree: () => pooled?.host.freed(pooled),
      onClose: () => pooled?.host.closed(pooled),
    })
    pooled = new PooledConnection(host, wire, nowMs())
    return pooled
  }

  constructor(host: HostPool, wire: Http1ClientConnection, openedMs: number) {
    this.host = host
    this.wire = wire
    this.openedMs = openedMs
  }

  /** It was kept from an earlier call, so the other end may have closed it meanwhile. */
  get isReused(): boolean {
    return this.wire.requests > 0
  }
}

export type DialOptions = Omit<ConnectOptions, 'state' | 'handlers'>
