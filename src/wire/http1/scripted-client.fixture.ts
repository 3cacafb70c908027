/**
 * ScriptedClient: a client for tests that says exactly what it is told, over a socket without a network, to a server
 * whose clock is turned by hand.
 */
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import type { SocketPeer } from '../../platform/socket.ts'
import type { ExchangeHandler } from '../exchange.ts'
import { defaultLimits, type WireLimits } from '../limits.ts'
import { bytesOf, ScriptedSocket } from '../scripted-socket.fixture.ts'
import { Http1Server } from './http1-server.ts'
import type { ServerConnection } from './server-connection.ts'

export class ScriptedClient {
  readonly clock: ManualClock = new ManualClock()
  readonly socket: ScriptedSocket<ServerConnection | undefined>
  readonly server: Http1Server
  readonly connection: ServerConnection
  /** What the server reported as its own or the handler's failure. */
  readonly errors: unknown[] = []
  /** Codes of requests refused before the handler. */
  readonly refused: string[] = []

  constructor(handler: ExchangeHandler, limits: Partial<WireLimits> = {}, peer?: SocketPeer) {
    this.socket = new ScriptedSocket(undefined, peer)
    this.server = new Http1Server({
      handler,
      limits: { ...defaultLimits, ...limits },
      clock: this.clock,
      onError: (error) => this.errors.push(error),
      onRefused: (error: ServiceError) => this.refused.push(error.code),
    })
    this.connection = this.server.accept(this.socket)
  }

  /** Delivers the bytes of `text` in one event. They are spoiled afterwards, as a runtime's buffer would be. */
  send(text: string): void {
    const bytes = bytesOf(text)
    this.connection.received(bytes)
    bytes.fill(0x58)
    if (this.socket.leavesLater && this.socket.queuedBytes > 0) this.connection.fellBehind()
  }

  /** Delivers `text` cut at `cuts`; what the server does in between is given time. */
  async sendInPieces(text: string, cuts: readonly number[]): Promise<void> {
    let from = 0
    for (const cut of [...cuts, text.length]) {
      if (cut > from) this.send(text.slice(from, cut))
      from = cut
      await settled()
    }
  }

  end(): void {
    this.connection.peerEnded()
  }

  /** The connection is gone. */
  close(error?: Error): void {
    this.socket.isDestroyed = true
    this.connection.closed(error)
  }

  /** The client reads again and takes `byteCount` bytes. */
  accept(byteCount?: number): void {
    if (this.socket.accept(byteCount)) this.connection.drained()
  }

  /** What was answered since the last call, as a byte string. */
  async answers(): Promise<string> {
    await settled()
    return this.socket.take()
  }

  /** Status codes of the answers since the last call, interim ones too. */
  async statuses(): Promise<number[]> {
    return Array.from((await this.answers()).matchAll(/HTTP\/1\.1 (\d{3}) /g), (match) => Number(match[1]))
  }
}

/** Lets everything run that waits only for promises. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
