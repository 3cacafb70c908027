/** Messaging over RabbitMQ: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ServiceError } from 'genever/foundation'
import { type Broker, type Delivery, type Message, rabbitmqBroker } from 'genever/messaging'
import { type RabbitmqSystem, rabbitmqMissing, startRabbitmq } from '../../../scripts/systems/rabbitmq.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const message = (id: string, key = 'k'): Message => ({ topic: 't', id, key, headers: {}, body: Buffer.from(id) })

/** Erlang starts in seconds, on a machine that does nothing else. */
const slow = { timeout: 300_000 }

async function until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - startedMs < limitMs, `not within ${limitMs} ms: ${what}`)
    await pause(5)
  }
}

describe('messaging over RabbitMQ', { skip: rabbitmqMissing }, () => {
  let server: RabbitmqSystem
  before(async () => {
    server = await startRabbitmq()
  }, slow)
  after(() => server.stop())
  describeBroker({ name: 'rabbitmq', open: async () => rabbitmqBroker({ url: server.url }) })

  const faults: {
    name: string
    hit: (proxy: FaultProxy) => Promise<unknown>
    heal: (proxy: FaultProxy) => Promise<unknown>
  }[] = [
    { name: 'refuses connections', hit: (proxy) => proxy.stop(), heal: (proxy) => proxy.start() },
    { name: 'is silent', hit: async (proxy) => proxy.silence(), heal: async (proxy) => proxy.heal() },
    { name: 'is killed', hit: () => server.kill(), heal: () => server.restart() },
  ]
  for (const { name, hit, heal } of faults) {
    it(
      `fails a publish in time while RabbitMQ ${name}, takes one within a second after it, and delivers again`,
      slow,
      async () => {
        await using proxy = await startFaultProxy({ port: server.port })
        const broker: Broker = rabbitmqBroker({ url: `amqp://127.0.0.1:${proxy.port}` })
        await broker.start()
        const seen: string[] = []
        const group = name.replaceAll(' ', '-')
        await broker.subscribe({ topic: 't', group, prefetch: 10, from: 'latest' }, (delivery) => {
          seen.push(delivery.message.id)
          delivery.ack().catch(() => delivery.giveBack())
        })
        await broker.publish([message(`${group}-before`)])
        await until(() => seen.includes(`${group}-before`), 10_000, 'the first message')
        await hit(proxy)
        const startedMs = performance.now()
        const error = await broker.publish([message(`${group}-lost`)]).catch((thrown: unknown) => thrown)
        assert.ok(error instanceof ServiceError)
        assert.equal(error.code, 'BROKER_UNAVAILABLE')
        assert.ok(performance.now() - startedMs < 2_500)
        await heal(proxy)
        const healedMs = performance.now()
        while (
          await broker.publish([message(`${group}-after`)]).then(
            () => false,
            () => true,
          )
        )
          await pause(10)
        const backMs = performance.now() - healedMs
        // A second is the bar on a machine that does nothing else.
        assert.ok(backMs <= 2_000, `back after ${Math.round(backMs)} ms`)
        await until(() => seen.includes(`${group}-after`), 10_000, 'the message after it')
        await broker.stop()
      },
    )
  }

  it('gives the lanes of a member that died to another, and refuses its late acknowledgement', async () => {
    await using proxy = await startFaultProxy({ port: server.port })
    const dying = rabbitmqBroker({ url: `amqp://127.0.0.1:${proxy.port}` })
    const living = rabbitmqBroker({ url: server.url })
    await Promise.all([dying.start(), living.start()])
    const [first, second]: Delivery[][] = [[], []]
    const source = { topic: 'taken', group: 'g', prefetch: 10, from: 'earliest' } as const
    await dying.subscribe(source, (delivery) => first?.push(delivery))
    await living.publish(['a', 'b', 'c'].map((id) => ({ ...message(id), topic: 'taken' })))
    await until(() => first?.length === 3, 10_000, 'three messages')
    await proxy.stop()
    await living.subscribe(source, (delivery) => second?.push(delivery))
    await until(() => second?.length === 3, 10_000, 'the messages of the dead member')
    assert.deepEqual(
      second?.map((delivery) => delivery.message.id),
      ['a', 'b', 'c'],
    )
    await proxy.start()
    const late = async (): Promise<unknown> =>
      first?.[0]?.ack().then(
        () => 'taken',
        (error: ServiceError) => error.code,
      )
    let code = await late()
    while (code === 'BROKER_UNAVAILABLE') {
      await pause(10)
      code = await late()
    }
    assert.equal(code, 'DELIVERY_LOST')
    await Promise.all([dying.stop(), living.stop()])
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
      await one.publish(Array.from({ length: 16 }, (_, key) => ({ ...message(`s${sent++}`, `key-${key}`), topic })))
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
    await broker.publish(['a', 'b', 'c'].map((id) => ({ ...message(id), topic })))
    await until(() => early?.length === 3, 10_000, 'the messages')
    await listen('late', late ?? [])
    await broker.publish([{ ...message('d'), topic }])
    await until(() => late?.length === 4, 10_000, 'the messages of before and the new one')
    assert.deepEqual(late, ['a', 'b', 'c', 'd'])
    await broker.stop()
  })
})
