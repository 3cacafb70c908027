/** What a topic is in RabbitMQ: names, keys of routes, and delays that need few queues. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ServiceError } from '../../../foundation/errors/service-error.ts'
import type { Message } from '../../message.ts'
import {
  fromRabbitMessage,
  groupNames,
  laneOfKey,
  queueCount,
  roundedDelayMs,
  routingKeyOf,
  toProperties,
} from './rabbitmq-topic.ts'

const message: Message = { topic: 't', id: 'a', key: '', headers: { note: 'Grüße' }, body: Buffer.from('x') }

describe('a topic in RabbitMQ', () => {
  for (const { delayMs, expected, why } of [
    { delayMs: 0, expected: 0, why: 'no delay' },
    { delayMs: 7, expected: 7, why: 'short ones are exact' },
    { delayMs: 300, expected: 300, why: 'two digits are kept' },
    { delayMs: 301, expected: 310, why: 'never before its time' },
    { delayMs: 99_999, expected: 100_000, why: 'rounding may add a digit' },
    { delayMs: 0.5, expected: 1, why: 'a part of a millisecond is one' },
  ]) {
    it(`delays ${delayMs} ms by ${expected}: ${why}`, () => assert.equal(roundedDelayMs(delayMs), expected))
  }

  it('sends a key to the same queue with any delay', () => {
    const lanes = [0, 10, 500].map((delayMs) => laneOfKey(routingKeyOf(message, delayMs)))
    assert.equal(new Set(lanes).size, 1)
    assert.ok((lanes[0] ?? queueCount) < queueCount)
  })

  it('gives back the message that it was given, and nothing that RabbitMQ wrote on it', () => {
    const { headers } = toProperties(message) as { headers: Record<string, unknown> }
    const marks = { 'x-delivery-count': 2, 'x-first-death-reason': 'expired', 'x-death': [{}] }
    const fields = { routingKey: '0.1', redelivered: true }
    const back = fromRabbitMessage('t', {
      content: message.body,
      fields,
      properties: { headers: { ...headers, ...marks } },
    })
    assert.deepEqual(back, message)
  })

  it('says which names are too long for a queue', () => {
    assert.throws(
      () => groupNames('t'.repeat(200), 'g'.repeat(100)),
      (error: unknown) => error instanceof ServiceError && error.code === 'BAD_EVENT_NAME',
    )
  })
})
