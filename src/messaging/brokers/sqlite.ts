/** Sqlite: the embedded default: a durable log in a file that the processes of one machine share. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import { openSql, type SqlDatabase } from '../../platform/sql.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { handleOf } from '../internal/handle-of.ts'
import type { Message } from '../message.ts'
import { messageId } from '../message-id.ts'
import type { ShelvedMessage, TopicShelf } from '../topic-shelf.ts'
import { type LoggedMessage, SqliteLog } from './sqlite/sqlite-log.ts'
import { SqliteSubscription } from './sqlite/sqlite-subscription.ts'

export interface SqliteBrokerOptions {
  /** A file, which is made if it is not there, or `:memory:`, which ends with the process. */
  readonly path: string
  /** Messages that every group has read are kept so long, in milliseconds; default 7 days. */
  readonly retentionMs?: number
  /** After so long without a word a member is taken for dead, and its lanes go to others; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** How long to wait for the lock of another process, in milliseconds; default 5,000. */
  readonly busyTimeoutMs?: number
  readonly log?: Logger
  readonly clock?: Clock
}

const day = 86_400_000

export function sqliteBroker(options: SqliteBrokerOptions): Broker {
  return new SqliteBroker(options)
}

class SqliteBroker implements Broker {
  readonly name = 'sqlite'
  readonly canDelay = true
  readonly shelf: TopicShelf = {
    count: (topic) => this.#locked((log) => log.count(topic)),
    read: async (topic, { after = '0', limit }) =>
      (await this.#locked((log) => log.readTopic(topic, { after: Number(after), limit }))).map(shelved),
    find: async (topic, positions) =>
      (await this.#locked((log) => log.find(topic, positions.map(Number)))).map(shelved),
    remove: (topic, positions) => this.#locked((log) => log.remove(topic, positions.map(Number))),
  }
  readonly #options: Required<SqliteBrokerOptions>
  readonly #subscriptions = new Set<SqliteSubscription>()
  /** Published in the same turn of the loop: they share one wait for the disk. */
  #batch: { messages: Message[]; done: Promise<void> } | undefined
  #database: SqlDatabase | undefined
  #log: SqliteLog | undefined
  #cancelTrim: (() => void) | undefined

  constructor(options: SqliteBrokerOptions) {
    this.#options = {
      retentionMs: 7 * day,
      leaseMs: 10_000,
      busyTimeoutMs: 5_000,
      log: noopLogger,
      clock: systemClock,
      ...options,
    }
  }

  async start(): Promise<void> {
    await this.#opened()
    const trim = (): void => {
      const { clock, retentionMs, log } = this.#options
      this.#cancelTrim = clock.schedule(Math.min(60_000, retentionMs), () => {
        this.#locked((opened) => opened.trim(clock.now() - retentionMs)).catch((error: unknown) =>
          log.warn('old messages could not be removed', { error }),
        )
        trim()
      })
    }
    trim()
  }

  /** Publishing before the start opens the file too: a command may only publish. */
  publish(messages: readonly Message[]): Promise<void> {
    if (this.#batch !== undefined) {
      this.#batch.messages.push(...messages)
      return this.#batch.done
    }
    const batch: Message[] = [...messages]
    const done = Promise.resolve().then(async () => {
      this.#batch = undefined
      await this.#locked((log) => log.append(batch, this.#options.clock.now()))
      const topics = new Set(batch.map(({ topic }) => topic))
      for (const subscription of this.#subscriptions) if (topics.has(subscription.topic)) subscription.wake()
    })
    this.#batch = { messages: batch, done }
    return done
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    const { clock, leaseMs, log: logger } = this.#options
    await this.#locked((log) => log.join({ topic: source.topic, group: source.group }, source.from))
    const subscription = new SqliteSubscription({
      log: await this.#opened(),
      source,
      member: messageId(clock.now()),
      receive,
      clock,
      leaseMs,
      locked: (work) => this.#locked(work),
      onError: (error) =>
        logger.warn('messages could not be read', { error, topic: source.topic, group: source.group }),
    })
    const handle = handleOf(this.#subscriptions, subscription)
    subscription.wake()
    return handle
  }

  lag(topic: string, group: string): Promise<number | undefined> {
    return this.#locked((log) => log.lag({ topic, group }))
  }

  async health(): Promise<ComponentHealth> {
    try {
      const topics = (await this.#opened()).topics()
      return {
        status: 'UP',
        details: { topics: topics.length, messages: topics.reduce((sum, { messages }) => sum + messages, 0) },
      }
    } catch (error) {
      return { status: 'DOWN', error: error instanceof Error ? error.message : 'the file cannot be read' }
    }
  }

  async stop(): Promise<void> {
    this.#cancelTrim?.()
    await this.#batch?.done.catch(() => undefined)
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    this.#subscriptions.clear()
    this.#database?.close()
    this.#database = undefined
    this.#log = undefined
  }

  async #opened(): Promise<SqliteLog> {
    if (this.#log === undefined) {
      // 0: SQLite would wait for the lock by blocking this thread.
      this.#database = openSql(this.#options.path, { busyTimeoutMs: 0 })
      this.#log = await this.#whenFree(() => new SqliteLog(this.#database as SqlDatabase))
    }
    return this.#log
  }

  async #locked<T>(work: (log: SqliteLog) => T): Promise<T> {
    const log = await this.#opened()
    return await this.#whenFree(() => work(log))
  }

  /** Waits for the lock of another process without blocking. @throws ServiceError `BROKER_UNAVAILABLE` */
  async #whenFree<T>(work: () => T): Promise<T> {
    const { clock, busyTimeoutMs } = this.#options
    const giveUpMs = clock.monotonic() + busyTimeoutMs
    for (let delayMs = 1; ; delayMs = Math.min(50, delayMs * 2)) {
      try {
        return work()
      } catch (error) {
        const isBusy = error instanceof ServiceError && error.code === 'SQL_BUSY'
        if (!isBusy || clock.monotonic() + delayMs > giveUpMs) throw brokerUnavailable('the file of messages', error)
      }
      await clock.sleep(delayMs * (0.5 + Math.random() / 2))
    }
  }
}

function shelved({ position, message }: LoggedMessage): ShelvedMessage {
  return { position: String(position), message }
}

function brokerUnavailable(what: string, cause: unknown): ServiceError {
  return new ServiceError('BROKER_UNAVAILABLE', `The broker cannot be reached: ${what}.`, {
    status: 503,
    retryable: true,
    cause,
  })
}
