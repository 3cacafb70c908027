/** Nats: messages in JetStream: each topic is a stream of 16 subjects, its lanes, and a key always goes to the same one. */
import type { Clock } from '../../foundation/clock/clock.ts'
import { systemClock } from '../../foundation/clock/system-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { ComponentHealth } from '../../foundation/lifecycle/component.ts'
import type { Logger } from '../../telemetry/logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import type { Broker, BrokerSubscription, Delivery, SubscriptionSource } from '../broker.ts'
import { type BrokerAddress, parseBrokerUrl } from '../internal/broker-address.ts'
import { joinedHandleOf } from '../internal/handle-of.ts'
import { laneCount, laneOf } from '../lane-of.ts'
import type { Message } from '../message.ts'
import { messageId } from '../message-id.ts'
import type { TopicShelf } from '../topic-shelf.ts'
import { asBrokerError, NatsConnection, NatsRefusal, type NatsTls } from './nats/nats-connection.ts'
import { consumerOf, groupsStream, streamOf, subjectOf, toNatsHeaders } from './nats/nats-names.ts'
import { NatsShelf } from './nats/nats-shelf.ts'
import { NatsSubscription } from './nats/nats-subscription.ts'

export interface NatsBrokerOptions {
  /** `nats://user:password@host:4222`, several hosts with commas between them, `nats://TOKEN@host`; with TLS `tls://…`. */
  readonly url: string
  /** Messages are kept so long, read or not, in milliseconds; default 7 days. Of a stream that is there already, what it was made with. */
  readonly retentionMs?: number
  /** Servers of a cluster that keep each message; default 1. */
  readonly replicas?: number
  /** After so long without a word a member is taken for dead, and its lanes go to others; in milliseconds, default 10,000. */
  readonly leaseMs?: number
  /** Longest wait for an answer of NATS, in milliseconds; default 1,000. */
  readonly timeoutMs?: number
  /** The server's monitoring, such as `http://host:8222`: then the start looks whether it syncs before it answers. */
  readonly monitorUrl?: string
  /** PEM texts, for a private authority or a client's certificate. */
  readonly tls?: NatsTls
  readonly log?: Logger
  readonly clock?: Clock
}

const day = 86_400_000
/** Publishing again within it, with the same id, is one message. */
const dedupeMs = 120_000

/** @throws ServiceError `BAD_BROKER_URL`; its start or first use `NATS_NOT_INSTALLED`. */
export function natsBroker(options: NatsBrokerOptions): Broker {
  return new NatsBroker(options)
}

type Settings = Required<Omit<NatsBrokerOptions, 'url' | 'tls' | 'monitorUrl'>> & Pick<NatsBrokerOptions, 'monitorUrl'>

class NatsBroker implements Broker {
  readonly name = 'nats'
  readonly canDelay = false
  readonly shelf: TopicShelf
  readonly #options: Settings
  readonly #address: BrokerAddress
  readonly #connection: NatsConnection
  readonly #subscriptions = new Set<NatsSubscription>()
  readonly #streams = new Map<string, Promise<void>>()

  constructor({ url, tls, ...options }: NatsBrokerOptions) {
    this.#options = {
      retentionMs: 7 * day,
      replicas: 1,
      leaseMs: 10_000,
      timeoutMs: 1_000,
      log: noopLogger,
      clock: systemClock,
      ...options,
    }
    const { log, clock, timeoutMs } = this.#options
    this.#address = parseBrokerUrl(url, { schemes: ['nats', 'tls'], defaultPort: () => 4_222 })
    this.#connection = new NatsConnection({
      address: this.#address,
      tls,
      timeoutMs,
      clock,
      log,
      onReconnect: () => {
        for (const subscription of this.#subscriptions) subscription.reconnected()
      },
    })
    this.shelf = new NatsShelf(this.#connection)
  }

  async start(): Promise<void> {
    await this.#connection.ready()
    await this.#warnIfForgetful()
  }

  async publish(messages: readonly Message[]): Promise<void> {
    const topics = new Set(messages.map(({ topic }) => topic))
    await Promise.all([...topics].map((topic) => this.#ensureStream(topic)))
    const encoded = messages.map((message) => ({ message, headers: toNatsHeaders(message) }))
    for (const { message, headers } of encoded) requireSize(message, headers, this.#connection.maxBytes)
    // All of them in one turn of the loop, so that they stand in the stream in their order.
    const done = encoded.map(({ message: { topic, key, id, body }, headers }) =>
      this.#connection.append(subjectOf(topic, laneOf(key ?? id)), body, headers),
    )
    const failed = (await Promise.allSettled(done)).find(({ status }) => status === 'rejected')
    if (failed === undefined) return
    // The stream may be gone with the server's files: made again at the next publish.
    for (const topic of topics) this.#streams.delete(streamOf(topic))
    throw asBrokerError((failed as PromiseRejectedResult).reason)
  }

  async subscribe(source: SubscriptionSource, receive: (delivery: Delivery) => void): Promise<BrokerSubscription> {
    const { clock, leaseMs, log } = this.#options
    const { topic, group } = source
    const subscription = new NatsSubscription({
      connection: this.#connection,
      source,
      member: messageId(clock.now()),
      receive,
      clock,
      leaseMs,
      onError: (error) => log.warn('messages could not be read', { error, topic, group }),
      ensureStreams: async () => {
        await Promise.all([this.#ensureStream(topic), this.#ensureGroups()])
      },
    })
    try {
      return await joinedHandleOf(this.#subscriptions, subscription)
    } catch (error) {
      throw asBrokerError(error)
    }
  }

  async lag(topic: string, group: string): Promise<number | undefined> {
    const lanes = Array.from({ length: laneCount }, (_, lane) => `${streamOf(topic)}.${consumerOf(group, lane)}`)
    try {
      const states = await Promise.all(
        lanes.map((place) =>
          this.#connection.ask<{ num_pending: number; num_ack_pending: number }>(`CONSUMER.INFO.${place}`),
        ),
      )
      return states.reduce((sum, { num_pending, num_ack_pending }) => sum + num_pending + num_ack_pending, 0)
    } catch (error) {
      if (error instanceof NatsRefusal && error.code === 404) return undefined
      throw asBrokerError(error)
    }
  }

  async health(): Promise<ComponentHealth> {
    const details = { address: this.#address.hosts.join(','), version: this.#connection.version }
    try {
      const { streams, consumers } = await this.#connection.ask<{ streams: number; consumers: number }>('INFO')
      return { status: 'UP', details: { ...details, streams, consumers } }
    } catch (error) {
      return { status: 'DOWN', error: (asBrokerError(error) as Error).message, details }
    }
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#subscriptions].map((subscription) => subscription.close()))
    this.#subscriptions.clear()
    await this.#connection.close()
  }

  #ensureStream(topic: string): Promise<void> {
    const { retentionMs, replicas } = this.#options
    return this.#ensure(streamOf(topic), {
      subjects: [subjectOf(topic, '*')],
      max_age: retentionMs * 1_000_000,
      duplicate_window: Math.min(dedupeMs, retentionMs) * 1_000_000,
      num_replicas: replicas,
    })
  }

  #ensureGroups(): Promise<void> {
    const { replicas } = this.#options
    return this.#ensure(groupsStream, {
      subjects: [`${groupsStream}.*.*`],
      max_msgs_per_subject: 1,
      num_replicas: replicas,
    })
  }

  #ensure(name: string, config: object): Promise<void> {
    const known = this.#streams.get(name)
    if (known !== undefined) return known
    const made = this.#make(name, config)
    this.#streams.set(name, made)
    made.catch(() => this.#streams.delete(name))
    return made
  }

  async #make(name: string, config: object): Promise<void> {
    const whole = { name, retention: 'limits', storage: 'file', discard: 'old', ...config }
    try {
      await this.#connection.ask(`STREAM.CREATE.${name}`, whole)
    } catch (error) {
      // With other settings than ours: it is there, and whoever made it knows why.
      const isThere = error instanceof NatsRefusal && error.reason === 10_058
      if (!isThere) throw asBrokerError(error)
    }
  }

  async #warnIfForgetful(): Promise<void> {
    const { log, monitorUrl } = this.#options
    const { version } = this.#connection
    if (isOlder(version, [2, 10, 23])) {
      log.warn(
        'this NATS may lose a stream when it crashes, and cannot sync each message: update it to 2.10.23 or later',
        {
          version,
        },
      )
    }
    const syncs = monitorUrl === undefined ? undefined : await syncsAlways(monitorUrl)
    if (syncs === undefined) log.info(`${forgetful}, which it does not tell without its monitorUrl`)
    else if (!syncs) log.warn(forgetful)
  }
}

const forgetful =
  'NATS may lose acknowledged messages when its machine crashes, unless it has jetstream { sync_interval: always }'

/** Undefined where it does not say. */
async function syncsAlways(monitorUrl: string): Promise<boolean | undefined> {
  try {
    const answer = await fetch(new URL('/jsz?config=true', monitorUrl), { signal: AbortSignal.timeout(1_000) })
    const { config } = (await answer.json()) as { config?: { sync_always?: boolean } }
    return config === undefined ? undefined : config.sync_always === true
  } catch {
    return undefined
  }
}

function isOlder(version: string, than: readonly number[]): boolean {
  const parts = version.split(/[.-]/).map(Number)
  for (const [index, wanted] of than.entries()) {
    const part = parts[index] ?? 0
    if (part !== wanted) return part < wanted
  }
  return false
}

function requireSize({ topic, body }: Message, headers: Readonly<Record<string, string>>, maxBytes: number): void {
  // Each header adds ': ' and a line's end; the block begins with a line of its own.
  const size =
    Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length + 4, 14) + body.byteLength
  if (size <= maxBytes) return
  throw new ServiceError(
    'MESSAGE_TOO_LARGE',
    `A message of topic ${topic} has ${size} bytes with its headers; this NATS takes ${maxBytes} (max_payload).`,
    { status: 413, retryable: false },
  )
}
