/** Redis: messages in Redis Streams: each topic is 16 streams, its lanes, and a key always goes to the same one. */
import type { CancelTimer, Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import { createRedis, type RedisConnection } from '../../redis/redis-connection.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { laneCount, laneOf } from '../lane-of.ts'
import type { Message } from '../message.ts'
import { messageId } from '../message-id.ts'
import type { TopicShelf } from '../topic-shelf.ts'
import { appendScript, lagScript, trimScript } from './redis/redis-scripts.ts'
import { RedisShelf } from './redis/redis-shelf.ts'
import { RedisSubscription } from './redis/redis-subscription.ts'

export interface RedisBrokerOptions {
  /** `redis://host:6379/0`, `redis+sentinel://…`, `redis+cluster://…`; with TLS `rediss`. */
  readonly url: string
  /** Messages that every group has acknowledged are kept so long, in milliseconds; default 7 days. */
  readonly retentionMs?: number
  /** After so long without a word a member is taken for dead, and its lanes go to others; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** Longest wait for an answer of Redis, in milliseconds; default 1,000. */
  readonly timeoutMs?: number
  readonly log?: Logger
  readonly clock?: Clock
}

const day = 86_400_000

/** @throws ServiceError `BAD_REDIS_URL`; its start or first use `REDIS_NOT_INSTALLED`. */
export function redisBroker(options: RedisBrokerOptions): Broker {
  return new RedisBroker(options)
}

class RedisBroker implements Broker {
  readonly name = 'redis'
  readonly canDelay = false
  readonly shelf: TopicShelf
  readonly #redis: RedisConnection
  readonly #options: Required<Omit<RedisBrokerOptions, 'url' | 'timeoutMs'>>
  readonly #subscriptions = new Set<BrokerSubscription>()
  readonly #topics = new Set<string>()
  #cancelTrim: CancelTimer | undefined

  constructor({ url, timeoutMs = 1_000, ...options }: RedisBrokerOptions) {
    this.#options = { retentionMs: 7 * day, leaseMs: 10_000, log: noopLogger, clock: systemClock, ...options }
    const { log, clock } = this.#options
    this.#redis = createRedis({ url, name: 'messaging', commandTimeoutMs: timeoutMs, log, clock })
    this.shelf = new RedisShelf({ redis: this.#redis, lanesOf, asBrokerError })
  }

  async start(): Promise<void> {
    await this.#redis.start().catch(rethrow)
    await this.#redis.send(['PING']).catch(rethrow)
    await this.#warnIfForgetful()
    this.#trimLater()
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const topics = Map.groupBy(messages, ({ topic }) => topic)
    await Promise.all([...topics].map(([topic, batch]) => this.#append(topic, batch)))
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    const { clock, leaseMs, log } = this.#options
    const { topic, group } = source
    this.#topics.add(topic)
    const subscription = new RedisSubscription({
      redis: this.#redis,
      source,
      keys: {
        lanes: lanesOf(topic),
        members: placeOf(topic, `${group}:members`),
        owners: placeOf(topic, `${group}:lanes`),
      },
      member: messageId(clock.now()),
      receive,
      clock,
      leaseMs,
      onError: (error) => log.warn('messages could not be read', { error, topic, group }),
      asBrokerError,
    })
    await subscription.join().catch(rethrow)
    const wake = (): void => subscription.wake()
    const unsubscribe = await this.#redis.subscribe(placeOf(topic, 'new'), { onMessage: wake, onGap: wake })
    const handle: BrokerSubscription = {
      pause: () => subscription.pause(),
      resume: () => subscription.resume(),
      close: async () => {
        this.#subscriptions.delete(handle)
        await unsubscribe()
        await subscription.close()
      },
    }
    this.#subscriptions.add(handle)
    subscription.wake()
    return handle
  }

  async lag(topic: string, group: string): Promise<number | undefined> {
    const lag = await this.#redis.run(lagScript, { keys: lanesOf(topic), args: [group] }).catch(rethrow)
    return lag === null ? undefined : Number(lag)
  }

  health(): Promise<ComponentHealth> {
    return this.#redis.health()
  }

  async stop(): Promise<void> {
    this.#cancelTrim?.()
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    await this.#redis.stop()
  }

  async #append(topic: string, messages: readonly Message[]): Promise<void> {
    this.#topics.add(topic)
    const fields = messages.flatMap(({ id, key, headers, body }) => [
      laneOf(key ?? id),
      id,
      key === undefined ? '' : `=${key}`,
      JSON.stringify(headers),
      body,
    ])
    await this.#redis
      .run(appendScript, { keys: lanesOf(topic), args: [placeOf(topic, 'new'), ...fields] })
      .catch(rethrow)
  }

  /** Managed servers may not tell their configuration. */
  async #warnIfForgetful(): Promise<void> {
    const settings = await this.#redis.send(['CONFIG', 'GET', 'append*']).catch(() => [])
    const words = Array.isArray(settings) ? settings.map(String) : []
    const settingOf = (name: string): string | undefined =>
      words.includes(name) ? words[words.indexOf(name) + 1] : undefined
    const [appendonly, appendfsync] = [settingOf('appendonly'), settingOf('appendfsync')]
    if (appendonly === undefined || (appendonly === 'yes' && appendfsync === 'always')) return
    this.#options.log.warn(
      'redis may lose acknowledged messages when it crashes: set appendonly yes, appendfsync always',
      {
        appendonly,
        appendfsync,
      },
    )
  }

  #trimLater(): void {
    const { clock, retentionMs, log } = this.#options
    this.#cancelTrim = clock.schedule(Math.min(60_000, retentionMs), () => {
      const args = [Math.trunc(clock.now() - retentionMs)]
      for (const topic of this.#topics) {
        this.#redis
          .run(trimScript, { keys: lanesOf(topic), args })
          .catch((error: unknown) => log.warn('old messages could not be removed', { error, topic }))
      }
      this.#trimLater()
    })
  }
}

/** The braces keep a topic's keys in one slot of a cluster. */
function placeOf(topic: string, what: string): string {
  return `genever:{${topic}}:${what}`
}

function lanesOf(topic: string): string[] {
  return Array.from({ length: laneCount }, (_, lane) => placeOf(topic, `lane:${lane}`))
}

function rethrow(error: unknown): never {
  throw asBrokerError(error)
}

function asBrokerError(error: unknown): unknown {
  const isRedis =
    error instanceof ServiceError && error.code.startsWith('REDIS_') && error.code !== 'REDIS_NOT_INSTALLED'
  if (!isRedis) return error
  const message = `The broker cannot be reached: ${error.message}`
  return new ServiceError('BROKER_UNAVAILABLE', message, { status: 503, retryable: true, cause: error })
}
