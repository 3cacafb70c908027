/** Reads a stream of RabbitMQ without a group: from a place on, record by record, until the reader has what it wants. */
import type { CancelTimer, Clock } from '../../../foundation/clock/clock.ts'
import { type RabbitConnection, type RabbitMessage, unavailable } from './rabbitmq-connection.ts'

export interface StreamReading {
  readonly connection: RabbitConnection
  readonly clock: Clock
  /** Longest wait for the next record, in milliseconds. */
  readonly timeoutMs: number
  readonly stream: string
  /** An offset: where nothing is left there, it begins at the first record behind it. */
  readonly from: number | 'first'
  /** Gets each record in its order, and says when it was the last that is wanted. */
  readonly isLast: (record: RabbitMessage) => boolean
}

const prefetch = 100

/** Resolves after the last record. @throws ServiceError `BROKER_UNAVAILABLE`, also when a record does not come. */
export async function readStream({ connection, clock, timeoutMs, stream, from, isLast }: StreamReading): Promise<void> {
  const channel = await connection.channel()
  const ended = Promise.withResolvers<void>()
  ended.promise.catch(() => undefined)
  channel.on('close', () => ended.reject(unavailable('the channel was closed')))
  let isDone = false
  let seen = 0
  const take = (record: RabbitMessage | null): void => {
    if (record === null) ended.reject(unavailable('the stream is gone'))
    if (record === null || isDone) return
    seen++
    isDone = isLast(record)
    if (isDone) ended.resolve()
    else channel.ack(record)
  }
  let cancel: CancelTimer = () => undefined
  const watch = (before: number): void => {
    cancel = clock.schedule(
      timeoutMs,
      () => (seen > before ? watch(seen) : ended.reject(unavailable('it did not send what its stream holds'))),
      true,
    )
  }
  try {
    await connection.answer(channel.prefetch(prefetch))
    watch(0)
    await connection.answer(channel.consume(stream, take, { arguments: { 'x-stream-offset': from } }))
    await ended.promise
  } finally {
    cancel()
    channel.close().catch(() => undefined)
  }
}

/** Counts the records of a stream from 0; some numbers are RabbitMQ's own. */
export function streamOffsetOf({ properties }: RabbitMessage): number {
  return Number(properties.headers?.['x-stream-offset'] ?? -1)
}
