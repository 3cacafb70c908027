/**
 * RocketPublisher: hands messages to the brokers, one request at a time for each queue, so that those of a key keep their order.
 *
 *   publish ─▶ by queue ─▶ waits while one is under way ─▶ all that waited in one batch ─▶ on disk ─▶ resolved
 */
import type { ServiceError } from '../../../foundation/errors/service-error.ts'
import { laneOf } from '../../lane-of.ts'
import type { Message } from '../../message.ts'
import { asBrokerError, type RocketClient, type RocketQueue, RocketRefusal } from './rocketmq-client.ts'
import { command, requestCode, responseCode } from './rocketmq-command.ts'
import { encodeBatch, propertiesOf, rocketName } from './rocketmq-message.ts'
import { refusedMessage } from './rocketmq-refusals.ts'

interface Waiting {
  readonly message: Message
  readonly resolve: () => void
  readonly reject: (error: ServiceError) => void
}

/** A broker takes 4 MiB at once, unless it is set to something else. */
const mostBatchBytes = 1_048_576
const mostProperties = 32_767

/** Whoever publishes is a member of a group, too; it matters for transactions only. */
export const producerGroup = 'genever'

export class RocketPublisher {
  readonly #client: RocketClient
  /** Of each queue that a request is under way to. */
  readonly #busy = new Map<string, Waiting[]>()

  constructor(client: RocketClient) {
    this.#client = client
  }

  /** @throws ServiceError `BROKER_UNAVAILABLE`, `MESSAGE_TOO_LARGE`, `CANNOT_DELAY` */
  async publish(messages: readonly Message[]): Promise<void> {
    const topics = [...new Set(messages.map(({ topic }) => topic))]
    try {
      await Promise.all(topics.map((topic) => this.#client.queuesOf(topic)))
    } catch (error) {
      throw asBrokerError(error)
    }
    const queued = await Promise.all(
      messages.map(async (message) => ({ message, queue: await queueOf(this.#client, message) })),
    )
    const done = queued.map(({ message, queue }) => this.#enqueue(message, queue))
    const failed = (await Promise.allSettled(done)).find(({ status }) => status === 'rejected')
    if (failed === undefined) return
    for (const topic of topics) this.#client.forget(topic)
    throw (failed as PromiseRejectedResult).reason
  }

  #enqueue(message: Message, queue: RocketQueue): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>()
    const place = `${message.topic} ${queue.broker} ${queue.id}`
    const waiting = this.#busy.get(place)
    if (waiting !== undefined) waiting.push({ message, resolve, reject })
    else {
      const begun = [{ message, resolve, reject }]
      this.#busy.set(place, begun)
      void this.#send(place, queue, begun)
    }
    return promise
  }

  async #send(place: string, queue: RocketQueue, waiting: Waiting[]): Promise<void> {
    // What is published in the same turn of the loop goes together.
    await Promise.resolve()
    while (waiting.length > 0) {
      const failed = await this.#sendBatch(queue, waiting.splice(0, batchLength(waiting)))
      // Without an answer, who waits behind them has waited as long.
      if (failed !== undefined) for (const { reject } of waiting.splice(0)) reject(failed)
    }
    this.#busy.delete(place)
  }

  /** Resolves with why the broker did not answer, if it did not. */
  async #sendBatch(queue: RocketQueue, batch: readonly Waiting[]): Promise<ServiceError | undefined> {
    try {
      await send(this.#client, queue, batch)
      for (const { resolve } of batch) resolve()
    } catch (error) {
      const isRefusal = error instanceof RocketRefusal
      if (isRefusal && batch.length > 1) {
        // One of them may be to blame.
        for (const one of batch) await this.#sendBatch(queue, [one])
        return undefined
      }
      for (const { message, reject } of batch) reject(refusedMessage(error, message))
      return isRefusal ? undefined : asBrokerError(error)
    }
    return undefined
  }
}

export async function queueOf(client: RocketClient, { topic, key, id }: Message): Promise<RocketQueue> {
  const queues = await client.queuesOf(topic)
  // A topic that we have made has as many queues as there are lanes.
  const queue = queues[laneOf(key ?? id) % queues.length]
  if (queue === undefined)
    throw new RocketRefusal({ code: responseCode.topicNotExist, remark: `${topic} has no queue` })
  return queue
}

/** Messages that come late travel alone. */
function batchLength(waiting: readonly Waiting[]): number {
  let [count, bytes] = [0, 0]
  for (const { message } of waiting) {
    bytes += bytesOf(message)
    const isAlone = message.delayMs !== undefined && message.delayMs > 0
    if (count > 0 && (isAlone || bytes > mostBatchBytes)) break
    count++
    if (isAlone) break
  }
  return count
}

async function send(client: RocketClient, queue: RocketQueue, batch: readonly Waiting[]): Promise<void> {
  const messages = batch.map(({ message }) => message)
  const [first] = messages
  if (first === undefined) return
  const isBatch = messages.length > 1
  const fields = sendFields(first, queue, {
    properties: isBatch ? '' : propertiesOf(first, dueProperties(first, client.clock.now())),
    isBatch,
  })
  const code = isBatch ? requestCode.sendBatch : requestCode.send
  await client.ask(queue.broker, command(code, fields, isBatch ? encodeBatch(messages) : first.body))
}

export interface SendOptions {
  readonly properties: string
  readonly isBatch?: boolean
  readonly sysFlag?: number
  readonly group?: string
}

/** The short names of `SendMessageRequestHeaderV2.java`. */
export function sendFields(
  { topic }: Message,
  { id }: RocketQueue,
  { properties, isBatch = false, sysFlag = 0, group = producerGroup }: SendOptions,
): Record<string, string | number | boolean> {
  return {
    a: group,
    b: rocketName(topic),
    c: 'TBW102',
    d: 8,
    e: id,
    f: sysFlag,
    g: Date.now(),
    h: 0,
    i: properties,
    j: 0,
    k: false,
    m: isBatch,
  }
}

/** RocketMQ's wheel of timers moves once a second, and delivers what is due before its next move. */
const wheelMs = 1_000

function dueProperties({ delayMs = 0 }: Message, nowMs: number): Record<string, string> {
  return delayMs <= 0 ? {} : { TIMER_DELIVER_MS: String(Math.ceil((nowMs + delayMs) / wheelMs) * wheelMs + 1) }
}

function bytesOf(message: Message): number {
  return message.body.byteLength + Math.min(mostProperties, propertiesOf(message).length)
}
