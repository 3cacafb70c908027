/**
 * Subscriptions: all channels of a connection over one more connection, which Redis wants to have for itself.
 *
 *   subscribe ─▶ open ─▶ standing ──lost──▶ wait ─▶ open (in a cluster: another node) ─▶ standing, onGap
 *                           └ a ping now and then: one that is silently dead is found and lost
 */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import type { RedisListener } from '../redis-like.ts'
import type { DriverClient } from './driver.ts'
import { reconnectDelayMs } from './open-driver.ts'

export interface SubscriptionsOptions {
  /** A client that is not connected yet. */
  readonly open: () => DriverClient
  readonly clock: Clock
  readonly onError: (error: unknown) => void
}

const heartbeatMs = 1_000

export class Subscriptions {
  readonly #options: SubscriptionsOptions
  readonly #listeners = new Map<string, Set<RedisListener>>()
  #client: DriverClient | undefined
  #standing = Promise.withResolvers<void>()
  #isStanding = false
  #hadGap = false
  #attempts = 0
  #cancelRetry: CancelTimer | undefined
  #cancelHeartbeat: CancelTimer | undefined
  #isClosed = false

  constructor(options: SubscriptionsOptions) {
    this.#options = options
  }

  /** Registers at once; resolves when Redis has confirmed, which may be much later if it is down. */
  async subscribe(channel: string, listener: RedisListener): Promise<void> {
    const known = this.#listeners.get(channel)
    if (known === undefined) this.#listeners.set(channel, new Set([listener]))
    else known.add(listener)
    if (this.#client === undefined && this.#cancelRetry === undefined) this.#open()
    if (!this.#isStanding) {
      await this.#standing.promise
      return
    }
    if (known === undefined) await this.#client?.subscribe(channel)
  }

  async unsubscribe(channel: string, listener: RedisListener): Promise<void> {
    const listeners = this.#listeners.get(channel)
    if (listeners === undefined || !listeners.delete(listener) || listeners.size > 0) return
    this.#listeners.delete(channel)
    if (this.#isStanding) await this.#client?.unsubscribe(channel).catch(this.#options.onError)
  }

  close(): void {
    this.#isClosed = true
    this.#cancelRetry?.()
    this.#drop()
  }

  #open(): void {
    this.#cancelRetry = undefined
    const client = this.#options.open()
    this.#client = client
    client.on('error', this.#options.onError)
    client.on('end', () => this.#lost(client))
    client.on('message', (channel: string, message: string) => {
      for (const listener of this.#listeners.get(channel) ?? []) listener.onMessage(message)
    })
    client.connect().then(
      () => this.#stand(client),
      // Its end tells us, too, and is what we act on.
      () => undefined,
    )
  }

  async #stand(client: DriverClient): Promise<void> {
    try {
      const channels = [...this.#listeners.keys()]
      if (channels.length > 0) await client.subscribe(...channels)
      if (this.#client !== client) return
      // Channels that came meanwhile.
      const late = [...this.#listeners.keys()].filter((channel) => !channels.includes(channel))
      if (late.length > 0) await client.subscribe(...late)
    } catch (error) {
      this.#options.onError(error)
      client.disconnect()
      return
    }
    this.#attempts = 0
    this.#isStanding = true
    this.#beat(client)
    this.#standing.resolve()
    if (this.#hadGap) for (const listeners of this.#listeners.values()) for (const one of listeners) one.onGap?.()
    this.#hadGap = false
  }

  #beat(client: DriverClient): void {
    this.#cancelHeartbeat = this.#options.clock.schedule(heartbeatMs, () => {
      // No answer: the library closes a connection that owes one and says nothing.
      client.ping().then(
        () => this.#client === client && this.#isStanding && this.#beat(client),
        () => undefined,
      )
    })
  }

  #lost(client: DriverClient): void {
    if (this.#client !== client) return
    this.#drop()
    if (this.#isClosed) return
    this.#hadGap = true
    this.#attempts++
    this.#cancelRetry = this.#options.clock.schedule(reconnectDelayMs(this.#attempts), () => this.#open())
  }

  #drop(): void {
    this.#cancelHeartbeat?.()
    if (this.#isStanding) this.#standing = Promise.withResolvers<void>()
    this.#isStanding = false
    const client = this.#client
    this.#client = undefined
    client?.disconnect()
  }
}
