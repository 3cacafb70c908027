/** RocketMQ: messages in topics of a RocketMQ cluster: a key always goes to the same queue. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { type BrokerAddress, parseBrokerUrl } from '../internal/broker-address.ts'
import { joinedHandleOf } from '../internal/handle-of.ts'
import { laneCount } from '../lane-of.ts'
import type { Message } from '../message.ts'
import { asBrokerError, RocketClient } from './rocketmq/rocketmq-client.ts'
import { command, type RocketCommand, requestCode } from './rocketmq/rocketmq-command.ts'
import { unavailable } from './rocketmq/rocketmq-connection.ts'
import { rocketGroup } from './rocketmq/rocketmq-message.ts'
import { RocketPublisher } from './rocketmq/rocketmq-publisher.ts'
import { RocketSubscription } from './rocketmq/rocketmq-subscription.ts'

export interface RocketmqBrokerOptions {
  /** Of the name servers: `rocketmq://host:9876,other:9876`. */
  readonly url: string
  /** Of topics that are not there yet, over all brokers; default 16. More members of a group than queues have nothing to do. */
  readonly queues?: number
  /** After so long without a word a member is taken for dead, and its queues go to others; in milliseconds, default 10,000, at most 30,000. */
  readonly leaseMs?: number
  /** Longest wait for an answer of RocketMQ, in milliseconds; default 2,000. */
  readonly timeoutMs?: number
  /** Where brokers are reached, if not where the name server says: `{ '10.0.0.5:10911': 'localhost:10911' }`. */
  readonly reachAt?: Readonly<Record<string, string>>
  readonly log?: Logger
  readonly clock?: Clock
}

/** @throws ServiceError `BAD_BROKER_URL` */
export function rocketmqBroker(options: RocketmqBrokerOptions): Broker {
  return new RocketmqBroker(options)
}

/** RocketMQ's locks last for a minute: whoever lives must say so before. */
const longestLeaseMs = 30_000

class RocketmqBroker implements Broker {
  readonly name = 'rocketmq'
  readonly canDelay = true
  readonly #address: BrokerAddress
  readonly #options: { leaseMs: number; log: Logger }
  readonly #client: RocketClient
  readonly #publisher: RocketPublisher
  readonly #subscriptions = new Set<RocketSubscription>()

  constructor({ url, queues = laneCount, timeoutMs = 2_000, reachAt = {}, ...options }: RocketmqBrokerOptions) {
    const { clock = systemClock, log = noopLogger, leaseMs = 10_000 } = options
    this.#options = { leaseMs: Math.min(longestLeaseMs, leaseMs), log }
    this.#address = parseBrokerUrl(url, { schemes: ['rocketmq'], defaultPort: () => 9_876 })
    if (this.#address.user !== undefined) {
      throw new ServiceError(
        'BAD_BROKER_URL',
        'The address of RocketMQ has a login, which is not supported yet; expected rocketmq://HOST:PORT.',
      )
    }
    this.#client = new RocketClient({
      nameServers: this.#address.hosts,
      reachAt,
      queues,
      timeoutMs,
      clock,
      onRequest: (_, request) => this.#answer(request),
      // It knows nothing of the members that it had.
      onOpen: () => {
        for (const subscription of this.#subscriptions) subscription.wake()
      },
    })
    this.#publisher = new RocketPublisher(this.#client)
  }

  async start(): Promise<void> {
    try {
      await this.#warnIfForgetful()
    } catch (error) {
      throw asBrokerError(error)
    }
  }

  publish(messages: readonly Message[]): Promise<void> {
    return this.#publisher.publish(messages)
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    const subscription = new RocketSubscription({ client: this.#client, source, receive, ...this.#options })
    try {
      return await joinedHandleOf(this.#subscriptions, subscription)
    } catch (error) {
      throw asBrokerError(error)
    }
  }

  async lag(topic: string, group: string): Promise<number | undefined> {
    try {
      const queues = await this.#client.queuesOf(topic)
      const each = await Promise.all(
        queues.map(async (queue) => {
          const [{ first, next }, kept = 0] = await Promise.all([
            this.#client.bounds(topic, queue),
            this.#client.offsetOf(topic, queue, rocketGroup(topic, group)),
          ])
          // What retention has removed nobody will ever get.
          return Math.max(0, next - Math.max(first, kept))
        }),
      )
      return each.reduce((sum, count) => sum + count, 0)
    } catch (error) {
      throw asBrokerError(error)
    }
  }

  async health(): Promise<ComponentHealth> {
    const details = { nameServers: this.#address.hosts.join(',') }
    try {
      const brokers = await this.#client.brokers()
      await Promise.all(brokers.map((broker) => this.#settingsOf(broker)))
      return { status: 'UP', details: { ...details, brokers: brokers.length } }
    } catch (error) {
      return { status: 'DOWN', error: asBrokerError(error).message, details }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    this.#subscriptions.clear()
    this.#client.close()
  }

  #answer({ code, fields }: RocketCommand): void {
    if (code !== requestCode.membersChanged) return
    for (const subscription of this.#subscriptions) if (subscription.isOf(fields.consumerGroup)) subscription.wake()
  }

  async #warnIfForgetful(): Promise<void> {
    const brokers = await this.#client.brokers()
    if (brokers.length === 0) throw unavailable('no broker serves')
    for (const broker of brokers) {
      const problems = forgetfulness(await this.#settingsOf(broker))
      if (problems.length === 0) continue
      this.#options.log.warn(`rocketmq may lose acknowledged messages: ${problems.join('; ')}`, { broker })
    }
  }

  async #settingsOf(broker: string): Promise<Record<string, string>> {
    const { body } = await this.#client.ask(broker, command(requestCode.brokerConfig))
    const lines = Buffer.from(body).toString().split(/\r?\n/)
    return Object.fromEntries(lines.map((line) => line.split(/=(.*)/s, 2) as [string, string]))
  }
}

/** What is wrong with how a broker keeps messages; empty if it survives the loss of its machine. */
export function forgetfulness({ flushDiskType, brokerRole }: Readonly<Record<string, string>>): string[] {
  const problems: string[] = []
  if (flushDiskType === 'ASYNC_FLUSH') problems.push('flushDiskType is ASYNC_FLUSH; set SYNC_FLUSH')
  if (brokerRole === 'ASYNC_MASTER') problems.push('brokerRole is ASYNC_MASTER; set SYNC_MASTER, with a slave')
  return problems
}
