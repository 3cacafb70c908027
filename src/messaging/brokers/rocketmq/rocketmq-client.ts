/**
 * RocketClient: the servers of a cluster: name servers say which brokers keep the queues of a topic; brokers answer everything else.
 *
 *   topic ─▶ known? ─no─▶ name server ─▶ not there? made, with its queues spread over the brokers ─▶ queues, in one order everywhere
 *   queue ─▶ its broker's connection ─▶ answer │ refusal │ BROKER_UNAVAILABLE
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import {
  command,
  jsonBody,
  parseBody,
  type RocketCommand,
  type RocketFields,
  requestCode,
  responseCode,
} from './rocketmq-command.ts'
import { RocketConnection, unavailable } from './rocketmq-connection.ts'
import { rocketName } from './rocketmq-message.ts'

export interface RocketQueue {
  /** The broker's name. */
  readonly broker: string
  readonly id: number
}

export interface RocketClientParts {
  /** Of name servers, `host:port`. */
  readonly nameServers: readonly string[]
  /** Where a broker is, if not where the name server says. */
  readonly reachAt: Readonly<Record<string, string>>
  /** Of a topic that is not there yet, in all. */
  readonly queues: number
  readonly timeoutMs: number
  readonly clock: Clock
  readonly onRequest: (broker: string, request: RocketCommand) => void
  readonly onOpen: (broker: string) => void
}

export interface RocketAskOptions {
  /** Default: that of the client. */
  readonly timeoutMs?: number
  /** Codes of answers that are no refusal, besides success. */
  readonly expected?: readonly number[]
}

interface BrokerData {
  readonly brokerName: string
  /** By number; 0 is the master. */
  readonly brokerAddrs: Readonly<Record<string, string>>
}

interface Route {
  readonly brokerDatas: readonly BrokerData[]
  readonly queueDatas: readonly { readonly brokerName: string; readonly readQueueNums: number }[]
}

/** RocketMQ says no. */
export class RocketRefusal extends Error {
  readonly code: number

  constructor({ code, remark = 'no reason given' }: Pick<RocketCommand, 'code' | 'remark'>) {
    super(`${remark} (code ${code})`)
    this.code = code
  }
}

/** Reading and writing. */
const readWrite = 6
const lookAgainMs = 20

export class RocketClient {
  readonly #parts: RocketClientParts
  readonly #connections = new Map<string, RocketConnection>()
  /** Where each broker's master is. */
  readonly #addresses = new Map<string, string>()
  readonly #topics = new Map<string, Promise<RocketQueue[]>>()
  readonly #groups = new Map<string, Promise<void>>()
  #nameServer = 0

  constructor(parts: RocketClientParts) {
    this.#parts = parts
  }

  get clock(): Clock {
    return this.#parts.clock
  }

  get timeoutMs(): number {
    return this.#parts.timeoutMs
  }

  /** Names of the brokers of the cluster that have a master. */
  async brokers(): Promise<string[]> {
    const { body } = await this.#askNameServer(command(requestCode.cluster))
    const { brokerAddrTable } = parseBody<{ brokerAddrTable: Record<string, BrokerData> }>(body)
    return this.#learn(Object.values(brokerAddrTable))
  }

  /** The topic's queues, in the same order for everybody; makes it if it is not there. */
  queuesOf(topic: string): Promise<RocketQueue[]> {
    const known = this.#topics.get(topic)
    if (known !== undefined) return known
    const found = this.#ensure(rocketName(topic))
    this.#topics.set(topic, found)
    found.catch(() => this.#topics.delete(topic))
    return found
  }

  /** Brokers may have moved, and topics may be gone. */
  forget(topic: string): void {
    this.#topics.delete(topic)
  }

  /** Makes a group of RocketMQ on the brokers of a topic: where it is not there, nothing can be kept for it. */
  ensureGroup(group: string, queues: readonly RocketQueue[]): Promise<void> {
    const known = this.#groups.get(group)
    if (known !== undefined) return known
    const body = jsonBody({ groupName: group, consumeEnable: true, consumeBroadcastEnable: false, retryQueueNums: 1 })
    const made = Promise.all(
      brokersOf(queues).map((broker) => this.ask(broker, command(requestCode.createGroup, {}, body))),
    ).then(() => undefined)
    this.#groups.set(group, made)
    made.catch(() => this.#groups.delete(group))
    return made
  }

  /** The answer, if it says that all went well, or one of the codes that are expected. @throws RocketRefusal; ServiceError `BROKER_UNAVAILABLE` */
  async ask(
    broker: string,
    request: RocketCommand,
    { timeoutMs = this.#parts.timeoutMs, expected = [] }: RocketAskOptions = {},
  ): Promise<RocketCommand> {
    const answer = await this.#connection(broker).ask(request, timeoutMs)
    if (answer.code === responseCode.success || expected.includes(answer.code)) return answer
    throw new RocketRefusal(answer)
  }

  /** For what belongs to one queue of a topic. */
  askQueue(code: number, topic: string, queue: RocketQueue, fields: RocketFields): Promise<RocketCommand> {
    const place = { topic: rocketName(topic), queueId: queue.id }
    return this.ask(queue.broker, command(code, { ...place, ...fields }), { expected: [responseCode.queryNotFound] })
  }

  /** The first message that is still there, and the one that comes next. */
  async bounds(topic: string, queue: RocketQueue): Promise<{ first: number; next: number }> {
    const [min, max] = await Promise.all([
      this.askQueue(requestCode.minOffset, topic, queue, {}),
      this.askQueue(requestCode.maxOffset, topic, queue, {}),
    ])
    return { first: Number(min.fields.offset), next: Number(max.fields.offset) }
  }

  /** What is kept for a group; undefined where nothing is. */
  async offsetOf(topic: string, queue: RocketQueue, group: string): Promise<number | undefined> {
    const answer = await this.askQueue(requestCode.queryOffset, topic, queue, {
      consumerGroup: group,
      setZeroIfNotFound: false,
    })
    return answer.code === responseCode.queryNotFound ? undefined : Number(answer.fields.offset)
  }

  async keepOffset(topic: string, queue: RocketQueue, kept: { group: string; offset: number }): Promise<void> {
    const { group, offset } = kept
    await this.askQueue(requestCode.updateOffset, topic, queue, { consumerGroup: group, commitOffset: offset })
  }

  tell(broker: string, request: RocketCommand): void {
    this.#connection(broker).tell(request)
  }

  close(): void {
    for (const connection of this.#connections.values()) connection.close()
  }

  async #ensure(topic: string): Promise<RocketQueue[]> {
    const found = await this.#route(topic)
    if (found !== undefined) return found
    const brokers = await this.brokers()
    if (brokers.length === 0) throw unavailable('no broker serves')
    const queues = Math.ceil(this.#parts.queues / brokers.length)
    const fields = {
      topic,
      defaultTopic: 'TBW102',
      readQueueNums: queues,
      writeQueueNums: queues,
      perm: readWrite,
      topicFilterType: 'SINGLE_TAG',
      topicSysFlag: 0,
      order: false,
    }
    await Promise.all(brokers.map((broker) => this.ask(broker, command(requestCode.createTopic, fields))))
    const { clock, timeoutMs } = this.#parts
    // The name server hears of it from each broker.
    for (const untilMs = clock.monotonic() + 2 * timeoutMs; clock.monotonic() < untilMs; ) {
      const made = await this.#route(topic)
      if (made !== undefined && brokersOf(made).length === brokers.length) return made
      await clock.sleep(lookAgainMs)
    }
    throw unavailable(`the name server does not know topic ${topic}`)
  }

  async #route(topic: string): Promise<RocketQueue[] | undefined> {
    try {
      const { body } = await this.#askNameServer(command(requestCode.route, { topic }))
      const { brokerDatas, queueDatas } = parseBody<Route>(body)
      this.#learn(brokerDatas)
      return queueDatas
        .toSorted((one, other) => (one.brokerName < other.brokerName ? -1 : 1))
        .flatMap(({ brokerName, readQueueNums }) =>
          Array.from({ length: readQueueNums }, (_, id) => ({ broker: brokerName, id })),
        )
    } catch (error) {
      if (error instanceof RocketRefusal && error.code === responseCode.topicNotExist) return undefined
      throw error
    }
  }

  #learn(datas: readonly BrokerData[]): string[] {
    return datas.flatMap(({ brokerName, brokerAddrs }) => {
      const address = brokerAddrs['0']
      if (address === undefined) return []
      this.#addresses.set(brokerName, this.#parts.reachAt[address] ?? address)
      return [brokerName]
    })
  }

  /** One that fails is followed by the next one. */
  async #askNameServer(request: RocketCommand): Promise<RocketCommand> {
    const { nameServers, timeoutMs } = this.#parts
    for (let failed = 0; ; ) {
      const address = nameServers[this.#nameServer % nameServers.length] ?? ''
      try {
        const answer = await this.#connectionTo(address, '').ask(request, timeoutMs)
        if (answer.code === responseCode.success) return answer
        throw new RocketRefusal(answer)
      } catch (error) {
        if (error instanceof RocketRefusal || ++failed >= nameServers.length) throw error
        this.#nameServer++
      }
    }
  }

  #connection(broker: string): RocketConnection {
    const address = this.#addresses.get(broker)
    if (address === undefined) throw unavailable(`broker ${broker} is not known`)
    return this.#connectionTo(address, broker)
  }

  #connectionTo(address: string, broker: string): RocketConnection {
    const known = this.#connections.get(address)
    if (known !== undefined) return known
    const { clock, onOpen, onRequest } = this.#parts
    const colon = address.lastIndexOf(':')
    const connection = new RocketConnection({
      host: address.slice(0, colon),
      port: Number(address.slice(colon + 1)),
      clock,
      onRequest: (request) => onRequest(broker, request),
      onOpen: () => {
        if (broker !== '') onOpen(broker)
      },
    })
    this.#connections.set(address, connection)
    return connection
  }
}

export function brokersOf(queues: readonly RocketQueue[]): string[] {
  return [...new Set(queues.map(({ broker }) => broker))]
}

/** What RocketMQ refused, for whoever publishes or subscribes. */
export function asBrokerError(error: unknown): ServiceError {
  if (error instanceof ServiceError) return error
  return unavailable(error instanceof Error ? error.message : 'it failed', error)
}
