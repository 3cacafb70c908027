/** Messaging over Kafka: the contract of a broker; cut, silent, restarted; members that come, go and die; careless topics. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ServiceError } from 'genever/foundation'
import { type Broker, kafkaBroker, type Message } from 'genever/messaging'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { type KafkaSystem, kafkaMissing, startKafka } from '../../../scripts/systems/kafka.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { messageOf, pause, startsWithout, takesOver, until, untilPublished } from '../support/lost-broker.ts'

const message = (id: string, { topic = 't', key = id } = {}): Message => messageOf(id, { topic, key })

/** Java starts in seconds, on a machine that does nothing else. */
const slow = { timeout: 180_000 }

describe('messaging over Kafka', { skip: kafkaMissing }, () => {
  let server: KafkaSystem
  let proxy: FaultProxy
  before(async () => {
    server = await startKafka()
    proxy = await startFaultProxy({ port: server.proxied.port, listenPort: server.proxied.advertised })
  }, slow)
  after(async () => {
    await proxy.stop()
    await server.stop()
  })
  const behindProxy = (): Broker =>
    kafkaBroker({ url: `kafka://127.0.0.1:${proxy.port}`, timeoutMs: 2_000, sessionTimeoutMs: 3_000 })

  // To make a topic takes seconds on a busy machine: sixteen partitions, each with files of its own.
  describeBroker({
    name: 'kafka',
    open: async () => kafkaBroker({ url: server.url, timeoutMs: 20_000 }),
    patienceMs: 45_000,
  })

  const faults: { name: string; hit: () => Promise<unknown>; heal: () => Promise<unknown> }[] = [
    { name: 'refuses connections', hit: () => proxy.stop(), heal: () => proxy.start() },
    { name: 'is silent', hit: async () => proxy.silence(), heal: async () => proxy.heal() },
    { name: 'is killed', hit: () => server.kill(), heal: () => server.restart() },
    { name: 'is restarted', hit: async () => undefined, heal: () => server.restart() },
  ]
  for (const { name, hit, heal } of faults) {
    it(`fails a publish in time while Kafka ${name}, takes one within a second after it, and delivers again`, async () => {
      const broker = behindProxy()
      await broker.start()
      const seen: string[] = []
      const group = name.replaceAll(' ', '-')
      await broker.subscribe({ topic: 't', group, prefetch: 10, from: 'latest' }, (delivery) => {
        seen.push(delivery.message.id)
        delivery.ack().catch(() => delivery.giveBack())
      })
      await broker.publish([message(`${group}-before`)])
      await until(() => seen.includes(`${group}-before`), 30_000, 'the first message')
      await hit()
      if (name !== 'is restarted') {
        const startedMs = performance.now()
        const error = await broker.publish([message(`${group}-lost`)]).catch((thrown: unknown) => thrown)
        assert.ok(error instanceof ServiceError)
        assert.equal(error.code, 'BROKER_UNAVAILABLE')
        assert.ok(performance.now() - startedMs < 3_500)
      }
      // The group notices, too.
      await pause(2_000)
      await heal()
      const healedMs = performance.now()
      const publishedAfter = async (publisher: Broker, id: string): Promise<number> => {
        await untilPublished(publisher, message(id))
        return performance.now() - healedMs
      }
      const fresh = behindProxy()
      const [backMs, freshMs] = await Promise.all([
        publishedAfter(broker, `${group}-after`),
        publishedAfter(fresh, `${group}-fresh`),
      ])
      await until(() => seen.includes(`${group}-after`), 30_000, 'the message after it')
      const deliveredMs = performance.now() - healedMs
      const figures = { backMs, freshMs, deliveredMs }
      console.log(
        name,
        JSON.stringify(figures, (_, value) => (typeof value === 'number' ? Math.round(value) : value)),
      )
      // On a busy machine everything takes longer, also for a client that has seen no fault.
      assert.ok(backMs <= 1_000 + 2 * freshMs, `back after ${backMs} ms, a new client after ${freshMs} ms`)
      await Promise.all([broker.stop(), fresh.stop()])
    })
  }

  it('lets a service start while Kafka is away, says that it is not ready, and works when it is there', async () => {
    await proxy.stop()
    await startsWithout(behindProxy(), () => proxy.start())
  })

  it('goes on after connections were cut, and loses nothing', async () => {
    const broker = behindProxy()
    await broker.start()
    const seen = new Set<string>()
    await broker.subscribe({ topic: 'cut', group: 'g', prefetch: 10, from: 'earliest' }, (delivery) => {
      seen.add(delivery.message.id)
      delivery.ack().catch(() => delivery.giveBack())
    })
    for (let index = 0; index < 200; index++) {
      if (index % 40 === 20) proxy.cut()
      await untilPublished(broker, message(`m${index}`, { topic: 'cut' }))
    }
    await until(() => seen.size === 200, 30_000, 'all messages')
    await broker.stop()
  })

  it('gives every message of publishes that overlap a place of its own', async () => {
    const broker = kafkaBroker({ url: server.url })
    await broker.start()
    const ids = Array.from({ length: 500 }, (_, index) => `m${index}`)
    await Promise.all(ids.map((id) => broker.publish([message(id, { topic: 'overlap', key: 'k' })])))
    const seen: string[] = []
    await broker.subscribe({ topic: 'overlap', group: 'g', prefetch: 100, from: 'earliest' }, (delivery) => {
      seen.push(delivery.message.id)
      delivery.ack().catch(() => undefined)
    })
    await until(() => seen.length >= 500, 30_000, 'all messages')
    assert.deepEqual(seen, ids)
    await broker.stop()
  })

  it('shares the partitions out anew when members come and go, each message once and in order of its key', async () => {
    const topic = 'shared-out'
    const handled: string[] = []
    const inHand = new Map<string, string>()
    const join = async (name: string): Promise<{ broker: Broker; count: () => number; leave: () => Promise<void> }> => {
      let [count, open] = [0, 0]
      const broker = kafkaBroker({ url: server.url, sessionTimeoutMs: 3_000 })
      await broker.start()
      const subscription = await broker.subscribe(
        { topic, group: 'g', prefetch: 8, from: 'earliest' },
        async (delivery) => {
          const { id, key = '' } = delivery.message
          // Deliveries of one key come one after the other: what is in hand elsewhere is of the same member.
          assert.ok(!inHand.has(key) || inHand.get(key) === name, `${key} is in hand of two members`)
          inHand.set(key, name)
          count++
          open++
          await pause(3)
          handled.push(id)
          await delivery.ack()
          open--
          if (inHand.get(key) === name) inHand.delete(key)
        },
      )
      const leave = async (): Promise<void> => {
        subscription.pause()
        await until(() => open === 0, 30_000, 'what is in hand to end')
        await broker.stop()
      }
      return { broker, count: () => count, leave }
    }
    const [one, two] = [await join('one'), await join('two')]
    let sent = 0
    const publish = async (count: number): Promise<void> => {
      for (const last = sent + count; sent < last; sent += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => sent + index)
        await one.broker.publish(batch.map((n) => message(`m${n}`, { topic, key: `k${n % 40}` })))
      }
    }
    await publish(400)
    const three = await join('three')
    for (const startedMs = performance.now(); three.count() === 0; await publish(40)) {
      assert.ok(performance.now() - startedMs < 30_000, 'the third member got nothing')
    }
    await three.leave()
    await publish(400)
    await until(() => handled.length >= sent, 60_000, `all of ${sent} messages`)
    await pause(300)
    assert.equal(new Set(handled).size, sent)
    assert.equal(handled.length, sent, 'some were delivered twice')
    for (let key = 0; key < 40; key++) {
      const numbers = handled.map((id) => Number(id.slice(1))).filter((n) => n % 40 === key)
      assert.deepEqual(
        numbers,
        [...numbers].sort((a, b) => a - b),
      )
    }
    assert.ok(one.count() > 0 && two.count() > 0)
    await Promise.all([one.leave(), two.leave()])
  })

  it('gives the partitions of a member that died to another, and refuses its late acknowledgement', async () => {
    const living = kafkaBroker({ url: server.url, sessionTimeoutMs: 3_000 })
    await takesOver({ dying: behindProxy(), living, proxy, patienceMs: 30_000 })
  })

  it('delivers behind a message that is still being tried, and begins with it again after a crash', async () => {
    const topic = 'gap'
    const crashing = behindProxy()
    await crashing.start()
    await crashing.publish(Array.from({ length: 30 }, (_, index) => message(`m${index}`, { topic, key: 'k' })))
    const seen: string[] = []
    const acknowledged: Promise<void>[] = []
    await crashing.subscribe({ topic, group: 'g', prefetch: 10, from: 'earliest' }, (delivery) => {
      seen.push(delivery.message.id)
      if (delivery.message.id !== 'm5') acknowledged.push(delivery.ack())
    })
    await until(() => seen.length === 30, 30_000, 'all messages')
    await Promise.all(acknowledged)
    await proxy.stop()
    const next = kafkaBroker({ url: server.url })
    await next.start()
    assert.equal(await next.lag(topic, 'g'), 25)
    const again: string[] = []
    await next.subscribe({ topic, group: 'g', prefetch: 100, from: 'earliest' }, (delivery) => {
      again.push(delivery.message.id)
      delivery.ack().catch(() => undefined)
    })
    await until(() => again.length === 25, 30_000, 'all from the gap on')
    assert.equal(again[0], 'm5')
    await proxy.start()
    await Promise.all([crashing.stop(), next.stop()])
  })

  it('says that a message is too large for Kafka, and takes the others', async () => {
    const broker = kafkaBroker({ url: server.url })
    await broker.start()
    const large = { ...message('large', { topic: 'large' }), body: new Uint8Array(1_200_000) }
    const [refused, taken] = await Promise.allSettled([
      broker.publish([large]),
      broker.publish([message('small', { topic: 'large' })]),
    ])
    assert.equal(refused.status === 'rejected' && refused.reason.code, 'MESSAGE_TOO_LARGE')
    assert.equal(taken.status, 'fulfilled')
    await broker.stop()
  })

  it('warns of a topic that one broker keeps alone', async () => {
    const sink = new MemorySink()
    const broker = kafkaBroker({ url: server.url, log: createJsonLogger({ sink }) })
    await broker.start()
    await broker.publish([message('a', { topic: 'careless' })])
    await broker.stop()
    assert.match(
      JSON.stringify(sink),
      /may lose acknowledged messages of topic careless.*one replica.*min\.insync\.replicas is 1/,
    )
  })
})
