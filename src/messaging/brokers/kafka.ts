/** Kafka: messages in topics of a Kafka cluster: a key always goes to the same partition. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { joinedHandleOf } from '../internal/handle-of.ts'
import { laneCount } from '../lane-of.ts'
import type { Message } from '../message.ts'
import type { TopicShelf } from '../topic-shelf.ts'
import { parseKafkaUrl } from './kafka/kafka-address.ts'
import { asBrokerError, KafkaClient } from './kafka/kafka-client.ts'
import { groupIdOf } from './kafka/kafka-membership.ts'
import { KafkaPublisher } from './kafka/kafka-publisher.ts'
import { KafkaShelf } from './kafka/kafka-shelf.ts'
import { KafkaSubscription } from './kafka/kafka-subscription.ts'
import { KafkaTopics } from './kafka/kafka-topics.ts'

export interface KafkaBrokerOptions {
  /** `kafka://host:9092,other:9092`; with TLS `kafkas`; with a login `kafka://user:password@host?sasl=scram-sha-512`. */
  readonly url: string
  /** Of topics that are not there yet; default 16. More members of a group than partitions have nothing to do. */
  readonly partitions?: number
  /** Copies of topics that are not there yet; default what the broker is set to. */
  readonly replicas?: number
  /** After so long without a word a member is taken for dead, and its partitions go to others; in milliseconds, default 10,000. */
  readonly sessionTimeoutMs?: number
  /** A partition that is to move waits so long for what is in hand of it, in milliseconds; default 30,000. */
  readonly handOverTimeoutMs?: number
  /** Longest wait for a publish to be acknowledged, and for any other answer, in milliseconds; default 5,000. */
  readonly timeoutMs?: number
  readonly log?: Logger
  readonly clock?: Clock
}

/** @throws ServiceError `BAD_BROKER_URL`; its start or first use `KAFKA_NOT_INSTALLED`. */
export function kafkaBroker(options: KafkaBrokerOptions): Broker {
  return new KafkaBroker(options)
}

class KafkaBroker implements Broker {
  readonly name = 'kafka'
  readonly canDelay = false
  readonly shelf: TopicShelf
  readonly #options: { sessionTimeoutMs: number; handOverTimeoutMs: number; log: Logger }
  readonly #client: KafkaClient
  readonly #topics: KafkaTopics
  readonly #publisher: KafkaPublisher
  readonly #subscriptions = new Set<KafkaSubscription>()

  constructor({ url, timeoutMs = 5_000, partitions = laneCount, replicas = -1, ...options }: KafkaBrokerOptions) {
    const { clock = systemClock, log = noopLogger, sessionTimeoutMs = 10_000, handOverTimeoutMs = 30_000 } = options
    this.#options = { sessionTimeoutMs, handOverTimeoutMs, log }
    this.#client = new KafkaClient({ address: parseKafkaUrl(url), timeoutMs, clock })
    this.#topics = new KafkaTopics({ client: this.#client, partitions, replicas, log })
    this.#publisher = new KafkaPublisher({ client: this.#client, topics: this.#topics })
    this.shelf = new KafkaShelf({ client: this.#client, publisher: this.#publisher, replicas })
  }

  async start(): Promise<void> {
    await this.#client.administer((admin) => admin.metadata({ topics: [] }))
  }

  publish(messages: readonly Message[]): Promise<void> {
    return this.#publisher.publish(messages)
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    await this.#topics.ensure(source.topic)
    const subscription = new KafkaSubscription({ client: this.#client, source, receive, ...this.#options })
    return await joinedHandleOf(this.#subscriptions, subscription)
  }

  async lag(topic: string, group: string): Promise<number | undefined> {
    const partitions = await this.#topics.ensure(topic)
    const all = Array.from({ length: partitions }, (_, partition) => partition)
    return await this.#client.inspect(groupIdOf(topic, group), async (consumer) => {
      const committed = (await consumer.listCommittedOffsets({ topics: [{ topic, partitions: all }] })).get(topic) ?? []
      const firsts = (await consumer.listOffsets({ topics: [topic], timestamp: -2n })).get(topic) ?? []
      const ends = (await consumer.listOffsets({ topics: [topic], timestamp: -1n })).get(topic) ?? []
      return all.reduce((sum, partition) => {
        // What retention has removed nobody will ever get.
        const from = Math.max(Number(committed[partition] ?? -1n), Number(firsts[partition] ?? 0n))
        return sum + Math.max(0, Number(ends[partition] ?? 0n) - from)
      }, 0)
    })
  }

  async health(): Promise<ComponentHealth> {
    try {
      const { brokers } = await this.#client.administer((admin) => admin.metadata({ topics: [], forceUpdate: true }))
      return { status: 'UP', details: { brokers: brokers.size } }
    } catch (error) {
      return { status: 'DOWN', error: asBrokerError(error).message }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    await this.#publisher.stop()
  }
}
