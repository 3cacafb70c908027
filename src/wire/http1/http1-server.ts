/**
 * Http1Server: everything that the HTTP/1.1 connections of one listener share, and the way they end together.
 *
 *   accept(socket) ─▶ ServerConnection ─▶ ServerExchange ─▶ handler
 *   drain(): answers say `connection: close`, idle connections end      close(): drain, wait, then resolve
 */
import { ByteWriter } from '../../foundation/bytes/byte-writer.ts'
import type { Clock } from '../../foundation/clock/clock.ts'
import type { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Socket, SocketPeer } from '../../platform/socket.ts'
import type { ExchangeHandler } from '../exchange.ts'
import type { WireLimits } from '../limits.ts'
import { TimerWheel } from '../timer-wheel.ts'
import { DateLine } from './date-line.ts'
import { type Refusal, toServiceErrorFrom } from './refusal.ts'
import { RequestHead } from './request-head.ts'
import { ServerConnection } from './server-connection.ts'

export interface Http1ServerOptions {
  readonly handler: ExchangeHandler
  readonly limits: WireLimits
  readonly clock: Clock
  /** A handler failed, or the server itself did. */
  onError?(error: unknown): void
  /** A request was refused before any handler saw it. */
  onRefused?(error: ServiceError, peer: SocketPeer): void
}

/** Heads kept for reuse, a few kilobytes each; more are only needed while many requests are under way. */
const maxSpareHeads = 256
/** The wheel ticks so often within the shortest timeout, and at least every quarter of a second. */
const ticksPerTimeout = 10
const maxTickMs = 250
/** What a client sent before it could know of the drain is read first: idle connections end after two turns of the loop. */
const drainTurnMs = 10
/** Connections that are opened while the server drains wait no longer than this for their request. */
const drainIdleMs = 1_000

export class Http1Server {
  readonly handler: ExchangeHandler
  readonly limits: WireLimits
  readonly wheel: TimerWheel
  readonly date: DateLine
  /** Where bodies are written before they leave. */
  readonly scratch: ByteWriter = new ByteWriter()
  /** Exchanges that are not over. */
  inFlight = 0
  isDraining = false
  readonly #clock: Clock
  readonly #options: Http1ServerOptions
  readonly #connections = new Set<ServerConnection>()
  readonly #spareHeads: RequestHead[] = []
  #isReset = false
  #closed: PromiseWithResolvers<void> | undefined

  constructor(options: Http1ServerOptions) {
    const { limits, clock } = options
    this.#options = options
    this.handler = options.handler
    this.limits = limits
    this.#clock = clock
    const shortestMs = Math.min(limits.headTimeoutMs, limits.bodyTimeoutMs, limits.idleTimeoutMs)
    this.wheel = new TimerWheel(clock, Math.max(1, Math.min(maxTickMs, shortestMs / ticksPerTimeout)))
    this.date = new DateLine(clock)
  }

  /** Time on the monotonic scale. */
  monotonic(): number {
    return this.#clock.monotonic()
  }

  get connectionCount(): number {
    return this.#connections.size
  }

  /** How long a connection may wait for a request. */
  get idleTimeoutMs(): number {
    const { idleTimeoutMs } = this.limits
    return this.isDraining ? Math.min(drainIdleMs, idleTimeoutMs) : idleTimeoutMs
  }

  accept(socket: Socket<unknown>): ServerConnection {
    const connection = new ServerConnection(this, socket)
    this.#connections.add(connection)
    // Its handshake may have ended too late.
    if (this.#isReset) connection.destroy()
    return connection
  }

  /** From now on each answer is the last of its connection; a connection that is idle after `idleMs` ends. */
  drain(idleMs = 0): void {
    if (this.isDraining) return
    this.isDraining = true
    this.#clock.schedule(idleMs, () => this.#endIdle())
  }

  #endIdle(): void {
    this.#clock.schedule(drainTurnMs, () => {
      this.#clock.schedule(drainTurnMs, () => {
        for (const connection of this.#connections) connection.endIfIdle()
      })
    })
  }

  /** Resolves when all exchanges are over and all connections gone; when `signal` aborts, they are reset. */
  close(signal?: AbortSignal): Promise<void> {
    this.isDraining = true
    this.#endIdle()
    this.#closed ??= Promise.withResolvers<void>()
    const reset = (): void => {
      this.#isReset = true
      for (const connection of this.#connections) connection.destroy()
    }
    if (signal?.aborted) reset()
    else signal?.addEventListener('abort', reset, { once: true })
    this.#checkClosed()
    return this.#closed.promise
  }

  #checkClosed(): void {
    if (this.#closed === undefined) return
    if (this.inFlight === 0) for (const connection of this.#connections) connection.endIfUpgraded()
    // A handler that ignores that its exchange was cancelled cannot be waited for without end.
    if (this.#connections.size === 0 && (this.inFlight === 0 || this.#isReset)) this.#closed.resolve()
  }

  // What connections report and borrow.

  removed(connection: ServerConnection): void {
    this.#connections.delete(connection)
    this.#checkClosed()
  }

  exchangeOver(head: RequestHead): void {
    this.inFlight--
    this.releaseHead(head)
    this.#checkClosed()
  }

  takeHead(position: number): RequestHead {
    const head = this.#spareHeads.pop() ?? new RequestHead(this.limits)
    head.reset(position)
    return head
  }

  releaseHead(head: RequestHead): void {
    if (this.#spareHeads.length < maxSpareHeads) this.#spareHeads.push(head)
  }

  failed(error: unknown): void {
    this.#options.onError?.(error)
  }

  refused(refusal: Refusal, peer: SocketPeer): void {
    this.#options.onRefused?.(toServiceErrorFrom(refusal), peer)
  }

  /** Runs what belongs to others and must not break us. */
  guard(task: () => void): void {
    try {
      task()
    } catch (error) {
      this.failed(error)
    }
  }
}
