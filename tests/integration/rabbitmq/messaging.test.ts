/** Messaging over RabbitMQ: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { connect } from 'amqplib'
import { ServiceError } from 'genever'
import { type Broker, createMessaging, defineEvent, type Messaging, rabbitmqBroker } from 'genever/messaging'
import { z } from 'zod'
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

  it('lists dead letters, replays them with their ids and discards them, whoever has removed the others', async (t) => {
    const event = defineEvent('shelf.failed', { data: z.object({ n: z.int() }) })
    const topic = 'shelf.failed.dead-letter'
    const handled: [string, number][] = []
    let isWell = false
    const open = (): Messaging => createMessaging({ url: server.url, source: 'clerk' })
    const [one, other] = [open(), open()]
    t.after(async () => {
      await Promise.all([one, other].map((messages) => messages.drain(AbortSignal.timeout(5_000))))
      await Promise.all([one, other].map((messages) => messages.stop()))
    })
    for (const messages of [one, other])
      messages.subscribe(event, { retry: { attempts: 1 } }, ({ id, data }) => {
        if (!isWell) throw new ServiceError('NOT_YET', 'The clerk is ill.', { status: 500 })
        handled.push([id, data.n])
      })
    await Promise.all([one.start(), other.start()])
    const ids = await one.publishMany(
      event,
      [1, 2, 3].map((n) => ({ data: { n } })),
    )
    const lettersOf = async ({ deadLetters }: Messaging): Promise<string[]> =>
      (await deadLetters.list(topic)).letters.map(({ id }) => id).sort()
    const startedMs = performance.now()
    while ((await lettersOf(one)).length < 3) {
      assert.ok(performance.now() - startedMs < 10_000, 'not all letters came')
      await pause(20)
    }
    assert.deepEqual(await lettersOf(other), [...ids].sort())
    isWell = true
    const { letters } = await one.deadLetters.list(topic)
    const position = letters.find(({ id }) => id === ids[0])?.position ?? assert.fail()
    assert.equal(await one.deadLetters.replay(topic, { kind: 'some', positions: [position] }), 1)
    await until(() => handled.length === 1, 10_000, 'the replay')
    assert.deepEqual(handled, [[ids[0], 1]])
    assert.deepEqual(await other.deadLetters.counts(), [{ topic, letters: 2 }])
    assert.equal(await other.deadLetters.discard(topic, { kind: 'all', filter: { code: 'NOT_YET' } }), 2)
    assert.deepEqual(await lettersOf(one), [])
  })

  it('looks at a topic that somebody else is just making', async (t) => {
    const [maker, looker] = [rabbitmqBroker({ url: server.url }), rabbitmqBroker({ url: server.url })]
    t.after(() => Promise.all([maker.stop(), looker.stop()]))
    await Promise.all([maker.start(), looker.start()])
    for (let n = 0; n < 15; n++) {
      const topic = `shelf.early.${n}`
      const made = maker.publish([messageOf('a', { topic })])
      for (let look = 0; look < 6; look++) await looker.shelf?.count(topic)
      await made
      assert.equal(await looker.shelf?.count(topic), 1)
    }
  })

  it('looks anew at a topic whose stream was made anew', async (t) => {
    const topic = 'shelf.anew'
    const [before, behind] = [rabbitmqBroker({ url: server.url }), rabbitmqBroker({ url: server.url })]
    const connection = await connect(server.url)
    t.after(() => Promise.all([connection.close(), before.stop(), behind.stop()]))
    await Promise.all([before.start(), behind.start()])
    await before.publish(['a', 'b', 'c'].map((id) => messageOf(id, { topic })))
    assert.equal(await before.shelf?.count(topic), 3)
    const channel = await connection.createChannel()
    await channel.deleteQueue(`genever:${topic}:log`)
    await behind.publish([messageOf('d', { topic })])
    for (const why of ['shorter than before', 'since the look before'])
      assert.deepEqual(
        (await before.shelf?.read(topic, { limit: 10 }))?.map(({ message: { id } }) => id),
        ['d'],
        why,
      )
  })
})
