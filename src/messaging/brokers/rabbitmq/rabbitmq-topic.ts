/**
 * RabbitTopic: what a topic and its groups are in RabbitMQ, and what a message looks like there.
 *
 *   publish ─▶ exchange genever:T ─ any ─────▶ genever:T:log      a stream: what new groups read first
 *                    ▲            └ lane 3 ──▶ genever:T:G:3      a quorum queue of each group, with one active consumer
 *   delayed ─▶ exchange genever:T:later ─▶ genever:T:later:500    a quorum queue whose messages go on after 500 ms
 */
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import { laneOf } from '../../lane-of.ts'
import type { Message } from '../../message.ts'
import type { RabbitChannel, RabbitMessage } from './rabbitmq-connection.ts'

/** Queues of a group for a topic. More let more members work at once; each is a Raft group of the cluster. */
export const queueCount = 8

const idHeader = 'genever-id'
const keyHeader = 'genever-key'
/** Not a message: a mark that a new group or the shelf puts into the stream, which everybody else passes over. */
export const markHeader = 'genever-mark'

export interface RabbitTopic {
  readonly exchange: string
  readonly log: string
  readonly later: string
}

export interface RabbitGroup {
  readonly queues: readonly string[]
  /** Is there once the group's queues are complete. */
  readonly ready: string
  /** Who makes them holds it. */
  readonly lock: string
  /** Every member listens to it, and nobody sends there: its consumers are the members. */
  readonly members: string
}

export function topicNames(topic: string): RabbitTopic {
  const exchange = `genever:${topic}`
  return { exchange, log: short(`${exchange}:log`), later: short(`${exchange}:later`) }
}

/** Names of topics and groups have no colon. @throws ServiceError `BAD_EVENT_NAME` for more than AMQP's 255 bytes. */
export function groupNames(topic: string, group: string): RabbitGroup {
  const prefix = `genever:${topic}:${group}`
  return {
    queues: Array.from({ length: queueCount }, (_, lane) => `${prefix}:${lane}`),
    ready: short(`${prefix}:ready`),
    lock: short(`${prefix}:lock`),
    members: short(`${prefix}:members`),
  }
}

/** The stream first: who finds the exchange may write to the stream. One that is being made RabbitMQ says is there, and a write to it ends the connection. */
export async function assertTopic(channel: RabbitChannel, topic: string, retentionMs: number): Promise<void> {
  const { exchange, log, later } = topicNames(topic)
  await channel.assertQueue(log, {
    durable: true,
    arguments: {
      'x-queue-type': 'stream',
      'x-max-age': `${Math.max(1, Math.ceil(retentionMs / 1_000))}s`,
      // What is too old goes away by whole segments.
      'x-stream-max-segment-size-bytes': 50_000_000,
    },
  })
  await channel.assertExchange(exchange, 'topic', { durable: true })
  await channel.assertExchange(later, 'topic', { durable: true })
  await channel.bindQueue(log, exchange, '#')
}

export async function assertGroupQueue(channel: RabbitChannel, queue: string): Promise<void> {
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-single-active-consumer': true,
      // RabbitMQ 4 throws away what came back 20 times; what becomes of a message is decided by this library.
      'x-delivery-limit': 1_000_000_000,
    },
  })
}

/** Resolves with its name. Two significant digits, rounded up: delays of any length need few queues, and none ends early. */
export async function assertDelayQueue(channel: RabbitChannel, topic: string, delayMs: number): Promise<string> {
  const { exchange, later } = topicNames(topic)
  const queue = short(`${later}:${delayMs}`)
  await channel.assertQueue(queue, {
    durable: true,
    arguments: {
      'x-queue-type': 'quorum',
      'x-message-ttl': delayMs,
      'x-dead-letter-exchange': exchange,
      'x-dead-letter-strategy': 'at-least-once',
      'x-overflow': 'reject-publish',
      // Long after its last message has gone on.
      'x-expires': delayMs + 3_600_000,
    },
  })
  await channel.bindQueue(queue, later, `${delayMs}.*`)
  return queue
}

export function roundedDelayMs(delayMs: number): number {
  if (delayMs <= 0) return 0
  const step = 10 ** Math.max(0, Math.floor(Math.log10(Math.ceil(delayMs))) - 1)
  return Math.ceil(delayMs / step) * step
}

/** `DELAY.LANE`: the delay chooses the queue that holds it, the lane the one that it is for. */
export function routingKeyOf({ key, id }: Message, delayMs: number): string {
  return `${delayMs}.${laneOf(key ?? id) % queueCount}`
}

export function laneOfKey(routingKey: string): number {
  return Number(routingKey.split('.')[1] ?? 0)
}

export function toProperties({ id, key, headers }: Message): object {
  return {
    persistent: true,
    contentType: 'application/octet-stream',
    headers: { ...headers, [idHeader]: id, ...(key !== undefined && { [keyHeader]: key }) },
  }
}

export function fromRabbitMessage(topic: string, { content, properties }: RabbitMessage): Message {
  const headers: Record<string, string> = {}
  let id = ''
  let key: string | undefined
  for (const [name, value] of Object.entries(properties.headers ?? {})) {
    if (typeof value !== 'string') continue
    if (name === idHeader) id = value
    else if (name === keyHeader) key = value
    else if (!isOfBroker(name)) headers[name] = value
  }
  return { topic, id, key, headers, body: content }
}

/** 1 for the first time. */
export function attemptOf({ properties }: RabbitMessage): number {
  const count = properties.headers?.['x-delivery-count']
  return typeof count === 'number' ? count + 1 : 1
}

/** What RabbitMQ writes on a message that was delayed. */
function isOfBroker(name: string): boolean {
  return name.startsWith('x-first-death-') || name.startsWith('x-last-death-')
}

function short(name: string): string {
  if (Buffer.byteLength(name) <= 255) return name
  throw new ServiceError(
    'BAD_EVENT_NAME',
    `The names of a topic and a group together: RabbitMQ takes 255 bytes for a queue, this one would have ${Buffer.byteLength(name)}.`,
  )
}
