/** Messaging over RabbitMQ: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Broker, rabbitmqBroker } from 'genever/messaging'
import { type RabbitmqSystem, rabbitmqMissing, startRabbitmq } from '../../../scripts/systems/rabbitmq.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { describeLostBroker, messageOf, pause, until } from '../support/lost-broker.ts'

/** Erlang starts in seconds, on a machine that does nothing else. */
const slow = { timeout: 300_000 }

describe('messaging over RabbitMQ', { skip: rabbitmqMissing }, () => {
  let server: RabbitmqSystem
  before(async () => {
    server = await startRabbitmq()
  }, slow)
  after(() => server.stop())
  describeBroker({ name: 'rabbitmq', open: async () => rabbitmqBroker({ url: server.url }) })

  describeLostBroker({
    name: 'RabbitMQ',
    server: () => server,
    open: (port) => rabbitmqBroker({ url: `amqp://127.0.0.1:${port}` }),
    openMember: (port) => rabbitmqBroker({ url: `amqp://127.0.0.1:${port}` }),
    ...slow,
  })

  it('lets members that come later have a part of the queues', async () => {
    const topic = 'shared'
    const [one, other] = [rabbitmqBroker({ url: server.url }), rabbitmqBroker({ url: server.url })]
    const handled: string[][] = [[], []]
    const listen = (broker: Broker, index: number): Promise<unknown> =>
      broker.subscribe({ topic, group: 'g', prefetch: 10, from: 'earliest' }, (delivery) => {
        handled[index]?.push(delivery.message.id)
        delivery.ack().catch(() => undefined)
      })
    await Promise.all([one.start(), other.start()])
    await listen(one, 0)
    await listen(other, 1)
    const startedMs = performance.now()
    let sent = 0
    while ((handled[1]?.length ?? 0) === 0) {
      assert.ok(performance.now() - startedMs < 20_000, 'the second member got nothing')
      await one.publish(Array.from({ length: 16 }, (_, key) => messageOf(`s${sent++}`, { topic, key: `key-${key}` })))
      await pause(100)
    }
    await until(() => handled.flat().length >= sent, 10_000, 'all messages')
    assert.equal(new Set(handled.flat()).size, sent)
    await Promise.all([one.stop(), other.stop()])
  })

  it('gives a group that comes later what others have read before', async () => {
    const topic = 'history'
    const broker = rabbitmqBroker({ url: server.url })
    await broker.start()
    const listen = async (group: string, ids: string[]): Promise<void> => {
      await broker.subscribe({ topic, group, prefetch: 10, from: 'earliest' }, (delivery) => {
        ids.push(delivery.message.id)
        delivery.ack().catch(() => undefined)
      })
    }
    const [early, late]: string[][] = [[], []]
    await listen('early', early ?? [])
    await broker.publish(['a', 'b', 'c'].map((id) => messageOf(id, { topic })))
    await until(() => early?.length === 3, 10_000, 'the messages')
    await listen('late', late ?? [])
    await broker.publish([messageOf('d', { topic })])
    await until(() => late?.length === 4, 10_000, 'the messages of before and the new one')
    assert.deepEqual(late, ['a', 'b', 'c', 'd'])
    await broker.stop()
  })
})
