/**
 * RabbitGroup: makes the queues of a new group and puts into them what the topic's stream has, in its order.
 *
 *   lock ─▶ queues, empty ─▶ earliest: copy the stream up to a mark ─▶ bind ─▶ copy up to a second mark ─▶ ready
 *
 * Nobody reads before the group is ready; whoever dies before leaves queues that the next one makes anew. What was published in the
 * moment of the binding may be there twice, and nothing is missing.
 */
import type { Clock } from '../../../foundation/clock/clock.ts'
import { messageId } from '../../message-id.ts'
import { confirm, type RabbitChannel, type RabbitConnection, type RabbitMessage } from './rabbitmq-connection.ts'
import { assertGroupQueue, groupNames, laneOfKey, markHeader, type RabbitGroup, topicNames } from './rabbitmq-topic.ts'

export interface NewGroup {
  readonly connection: RabbitConnection
  readonly clock: Clock
  readonly topic: string
  readonly group: string
  readonly from: 'earliest' | 'latest'
}

const lockEveryMs = 50
/** What was routed before the binding stood has reached the stream. */
const settleMs = 20

/** Resolves when the group is there, whoever made it. @throws ServiceError `BROKER_UNAVAILABLE`. */
export async function ensureGroup(wanted: NewGroup): Promise<void> {
  const { connection, clock } = wanted
  const names = groupNames(wanted.topic, wanted.group)
  while (!(await isThere(connection, names.ready))) {
    const channel = await connection.channel('confirm')
    try {
      if (await isLocked(connection, channel, names.lock)) {
        await make(wanted, names, channel)
        await connection.answer(channel.deleteQueue(names.lock))
      } else await clock.sleep(lockEveryMs)
    } finally {
      channel.close().catch(() => undefined)
    }
  }
}

/** Exclusive: it is gone with the connection of who holds it. */
async function isLocked(connection: RabbitConnection, channel: RabbitChannel, lock: string): Promise<boolean> {
  try {
    await connection.answer(channel.assertQueue(lock, { exclusive: true }))
    return true
  } catch (error) {
    if (String(error).includes('RESOURCE_LOCKED')) return false
    throw error
  }
}

export function isThere(connection: RabbitConnection, queue: string): Promise<boolean> {
  return isFound(connection, (channel) => channel.checkQueue(queue))
}

/** @see assertTopic */
export async function isTopicThere(connection: RabbitConnection, topic: string): Promise<boolean> {
  const { exchange, log } = topicNames(topic)
  return (await isFound(connection, (channel) => channel.checkExchange(exchange))) && (await isThere(connection, log))
}

async function isFound(
  connection: RabbitConnection,
  look: (channel: RabbitChannel) => Promise<unknown>,
): Promise<boolean> {
  try {
    await connection.withChannel(look)
    return true
  } catch (error) {
    if (String(error).includes('NOT_FOUND')) return false
    throw error
  }
}

async function make(wanted: NewGroup, { queues, ready, members }: RabbitGroup, channel: RabbitChannel): Promise<void> {
  const { connection, clock, topic, from } = wanted
  const { exchange } = topicNames(topic)
  if (await isThere(connection, ready)) return
  for (const queue of queues) {
    await connection.answer(channel.deleteQueue(queue))
    await connection.answer(assertGroupQueue(channel, queue))
  }
  await connection.answer(channel.assertQueue(members, { durable: true }))
  const history = from === 'earliest' ? await History.open(wanted, queues, channel) : undefined
  try {
    await history?.copy()
    await Promise.all(queues.map((queue, lane) => connection.answer(channel.bindQueue(queue, exchange, `*.${lane}`))))
    await clock.sleep(settleMs)
    await history?.copy()
  } finally {
    history?.close()
  }
  await connection.answer(channel.assertQueue(ready, { durable: true }))
}

/** The stream from its begin, copied into the queues of a group. */
class History {
  readonly #wanted: NewGroup
  readonly #queues: readonly string[]
  readonly #out: RabbitChannel
  readonly #in: RabbitChannel
  readonly #passed = new Map<string, (error?: Error) => void>()
  #unconfirmed: Promise<unknown>[] = []

  private constructor(
    wanted: NewGroup,
    queues: readonly string[],
    channels: { in: RabbitChannel; out: RabbitChannel },
  ) {
    this.#wanted = wanted
    this.#queues = queues
    this.#in = channels.in
    this.#out = channels.out
  }

  static async open(wanted: NewGroup, queues: readonly string[], out: RabbitChannel): Promise<History> {
    const { connection, topic } = wanted
    const channel = await connection.channel()
    const history = new History(wanted, queues, { in: channel, out })
    channel.on('close', () => history.#end(new Error('the channel was closed')))
    await connection.answer(channel.prefetch(500))
    await connection.answer(
      channel.consume(topicNames(topic).log, (message) => history.#take(message), {
        arguments: { 'x-stream-offset': 'first' },
      }),
    )
    return history
  }

  /** Everything that stands in the stream now. */
  async copy(): Promise<void> {
    const { connection, clock, topic } = this.#wanted
    const mark = messageId(clock.now())
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    this.#passed.set(mark, (error) => (error === undefined ? resolve() : reject(error)))
    promise.catch(() => undefined)
    await connection.answer(
      this.#publish(topicNames(topic).log, { content: Buffer.alloc(0), headers: { [markHeader]: mark } }),
    )
    await promise
    await connection.answer(Promise.all(this.#unconfirmed.splice(0)))
  }

  close(): void {
    this.#in.close().catch(() => undefined)
  }

  #take(message: RabbitMessage | null): void {
    if (message === null) {
      this.#end(new Error('the stream is gone'))
      return
    }
    const { headers = {} } = message.properties
    const mark = headers[markHeader]
    if (typeof mark === 'string') {
      this.#passed.get(mark)?.()
    } else {
      const queue = this.#queues[laneOfKey(message.fields.routingKey)] ?? ''
      const written = this.#publish(queue, { content: message.content, headers: textsOf(headers) })
      written.catch(() => undefined)
      this.#unconfirmed.push(written)
    }
    this.#in.ack(message)
  }

  #publish(key: string, { content, headers }: { content: Uint8Array; headers: object }): Promise<void> {
    return confirm(this.#out, '', { key, body: content, properties: { persistent: true, headers } })
  }

  #end(error: Error): void {
    for (const settle of this.#passed.values()) settle(error)
  }
}

/** Without what RabbitMQ itself wrote there, such as the place in the stream. */
function textsOf(headers: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(headers).filter(([, value]) => typeof value === 'string'))
}
