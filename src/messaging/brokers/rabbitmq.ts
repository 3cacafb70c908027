/** RabbitMQ: each group has 8 quorum queues for a topic, a key always goes to the same one, and a stream keeps what new groups read first. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { type BrokerAddress, parseBrokerUrl } from '../internal/broker-address.ts'
import { joinedHandleOf } from '../internal/handle-of.ts'
import type { Message } from '../message.ts'
import type { TopicShelf } from '../topic-shelf.ts'
import { confirm, type RabbitChannel, RabbitConnection, type RabbitTls } from './rabbitmq/rabbitmq-connection.ts'
import { ensureGroup, isThere } from './rabbitmq/rabbitmq-group.ts'
import { RabbitShelf } from './rabbitmq/rabbitmq-shelf.ts'
import { RabbitSubscription } from './rabbitmq/rabbitmq-subscription.ts'
import {
  assertDelayQueue,
  assertTopic,
  groupNames,
  roundedDelayMs,
  routingKeyOf,
  toProperties,
  topicNames,
} from './rabbitmq/rabbitmq-topic.ts'

export interface RabbitmqBrokerOptions {
  /** `amqp://user:password@host:5672/VHOST`, several hosts with commas between them; with TLS `amqps://…`. */
  readonly url: string
  /** How long a topic's stream keeps messages for groups that come later, in milliseconds; default 7 days. */
  readonly retentionMs?: number
  /** Longest wait for an answer of RabbitMQ, in milliseconds; default 2,000. */
  readonly timeoutMs?: number
  /** A peer that is silent for two of them is given up, by either side; in seconds, default 5. */
  readonly heartbeatS?: number
  /** PEM texts, for a private authority or a client's certificate. */
  readonly tls?: RabbitTls
  readonly log?: Logger
  readonly clock?: Clock
}

const day = 86_400_000

/** @throws ServiceError `BAD_BROKER_URL`; its start or first use `RABBITMQ_NOT_INSTALLED`. */
export function rabbitmqBroker(options: RabbitmqBrokerOptions): Broker {
  return new RabbitmqBroker(options)
}

class RabbitmqBroker implements Broker {
  readonly name = 'rabbitmq'
  readonly canDelay = true
  readonly shelf: TopicShelf
  readonly #options: Required<Omit<RabbitmqBrokerOptions, 'url' | 'tls'>>
  readonly #address: BrokerAddress
  readonly #connection: RabbitConnection
  readonly #subscriptions = new Set<RabbitSubscription>()
  /** What was declared over this connection: topics, delays, groups. */
  readonly #declared = new Map<string, Promise<void>>()
  #out: Promise<RabbitChannel> | undefined

  constructor({ url, tls, ...options }: RabbitmqBrokerOptions) {
    this.#options = {
      retentionMs: 7 * day,
      timeoutMs: 2_000,
      heartbeatS: 5,
      log: noopLogger,
      clock: systemClock,
      ...options,
    }
    this.#address = parseBrokerUrl(url, {
      schemes: ['amqp', 'amqps'],
      defaultPort: (scheme) => (scheme === 'amqps' ? 5_671 : 5_672),
    })
    this.#connection = new RabbitConnection({
      ...this.#options,
      address: this.#address,
      tls,
      onLost: () => {
        this.#out = undefined
        this.#declared.clear()
        for (const subscription of this.#subscriptions) subscription.connectionLost()
      },
      onConnected: () => {
        for (const subscription of this.#subscriptions) subscription.reconnected()
      },
    })
    this.shelf = new RabbitShelf({ ...this.#options, connection: this.#connection })
  }

  async start(): Promise<void> {
    await this.#connection.ready()
    const { version } = this.#connection
    const [major = 0, minor = 0] = version.split('.').map(Number)
    if (major > 3 || (major === 3 && minor >= 10)) return
    this.#options.log.warn('this RabbitMQ may lose delayed messages when it crashes: update it to 3.10 or later', {
      version,
    })
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const delays = messages.map(({ delayMs = 0 }) => roundedDelayMs(delayMs))
    await Promise.all(messages.map((message, index) => this.#ensurePlace(message.topic, delays[index] ?? 0)))
    const channel = await this.#outgoing()
    const confirmed = messages.map((message, index) => {
      const delayMs = delays[index] ?? 0
      const { exchange, later } = topicNames(message.topic)
      return confirm(channel, delayMs > 0 ? later : exchange, {
        key: routingKeyOf(message, delayMs),
        body: message.body,
        properties: toProperties(message),
      })
    })
    await this.#connection.answer(Promise.all(confirmed))
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    const { clock, log } = this.#options
    const { topic, group, from } = source
    const connection = this.#connection
    await this.#ensurePlace(topic, 0)
    // Two members over one connection share its exclusive lock: they take turns here.
    await this.#once(`${topic}:${group}`, () => ensureGroup({ connection, clock, topic, group, from }))
    const subscription = new RabbitSubscription({
      connection,
      source,
      receive,
      clock,
      onError: (error) => log.warn('messages could not be read', { error, topic, group }),
      random: Math.random,
    })
    return await joinedHandleOf(this.#subscriptions, subscription)
  }

  /** What waits in the queues, and what members in this process have in hand: RabbitMQ does not tell of others'. */
  async lag(topic: string, group: string): Promise<number | undefined> {
    const { queues, ready } = groupNames(topic, group)
    if (!(await isThere(this.#connection, ready))) return undefined
    const counts = await this.#connection.withChannel((channel) =>
      Promise.all(queues.map((queue) => channel.checkQueue(queue))),
    )
    const inHand = [...this.#subscriptions]
      .filter((subscription) => subscription.topic === topic && subscription.group === group)
      .reduce((sum, { openCount }) => sum + openCount, 0)
    return counts.reduce((sum, { messageCount }) => sum + messageCount, inHand)
  }

  async health(): Promise<ComponentHealth> {
    const details = { address: this.#address.hosts.join(','), version: this.#connection.version }
    try {
      await this.#connection.withChannel(async () => undefined)
      return { status: 'UP', details }
    } catch (error) {
      return { status: 'DOWN', error: (error as Error).message, details }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    this.#subscriptions.clear()
    await this.#connection.close()
  }

  #ensurePlace(topic: string, delayMs: number): Promise<void> {
    const declared = this.#once(topic, () =>
      this.#connection.withChannel((channel) => assertTopic(channel, topic, this.#options.retentionMs)),
    )
    if (delayMs === 0) return declared
    const minute = Math.trunc(this.#options.clock.monotonic() / 60_000)
    // Again each minute: a queue that nobody declares ends an hour after its last message has gone on.
    return this.#once(`${topic}:${delayMs}:${minute}`, async () => {
      await declared
      await this.#connection.withChannel((channel) => assertDelayQueue(channel, topic, delayMs))
      this.#declared.delete(`${topic}:${delayMs}:${minute - 1}`)
    })
  }

  #once(what: string, work: () => Promise<void>): Promise<void> {
    const known = this.#declared.get(what)
    if (known !== undefined) return known
    const done = work()
    this.#declared.set(what, done)
    done.catch(() => {
      if (this.#declared.get(what) === done) this.#declared.delete(what)
    })
    return done
  }

  /** One channel for everything that is published, so that its order is kept. */
  #outgoing(): Promise<RabbitChannel> {
    if (this.#out !== undefined) return this.#out
    const out = this.#connection.channel('confirm')
    this.#out = out
    const forget = (): void => {
      if (this.#out !== out) return
      this.#out = undefined
      // An exchange may be gone with the server's files: declared again at the next publish.
      this.#declared.clear()
    }
    out.then((channel) => channel.on('close', forget), forget)
    return out
  }
}
