/** What every broker must do. Names of topics are new for each test, so that one server serves all of them. */
import assert from 'node:assert/strict'
import { after, afterEach, before, describe, it } from 'node:test'
import { z } from 'zod'
import type { Broker, BrokerSubscription, Delivery } from './broker.ts'
import { defineEvent } from './event.ts'
import type { Message } from './message.ts'
import { Messaging } from './messaging.ts'

export interface BrokerUnderTest {
  readonly name: string
  /** Another client of the same broker each time. */
  open(): Promise<Broker>
  /** How long until a message that was published has surely been delivered. */
  readonly patienceMs?: number
}

export function describeBroker({ name, open, patienceMs = 10_000 }: BrokerUnderTest): void {
  describe(`${name}: a broker`, () => {
    let broker: Broker
    before(async () => {
      broker = await open()
      await broker.start()
    })
    after(() => broker.stop())

    /** What a test has opened ends with it, also when it fails: the next one is not to meet members of its groups. */
    const opened: (() => Promise<unknown>)[] = []
    afterEach(async () => {
      for (const close of opened.splice(0).reverse()) await close().catch(() => undefined)
    })
    const openAnother = async (): Promise<Broker> => {
      const other = await open()
      await other.start()
      opened.push(() => other.stop())
      return other
    }
    const openMessaging = async (source = 'contract'): Promise<Messaging> => {
      const messaging = new Messaging({ broker: await open(), source })
      opened.push(() => messaging.stop())
      opened.push(() => messaging.drain(AbortSignal.timeout(5_000)))
      return messaging
    }

    let topics = 0
    const newTopic = (): string => `contract-${process.pid}-${++topics}-${Math.trunc(performance.now())}`
    const message = (topic: string, id: string, key?: string): Message => ({
      topic,
      id,
      key,
      headers: { 'ce-id': id, 'ce-type': 'test.happened', 'content-type': 'application/json', note: 'Grüße' },
      body: Buffer.from(JSON.stringify({ id })),
    })
    const listen = async (
      topic: string,
      { group = 'g', prefetch = 100, from = 'earliest' as const, ack = true, on = broker } = {},
    ): Promise<Listening> => {
      const deliveries: Delivery[] = []
      const subscription = await on.subscribe({ topic, group, prefetch, from }, (delivery) => {
        deliveries.push(delivery)
        if (ack) delivery.ack().catch(() => undefined)
      })
      opened.push(() => subscription.close())
      return { deliveries, subscription, ids: () => deliveries.map(({ message: { id } }) => id) }
    }
    const until = async (condition: () => boolean, what: string): Promise<void> => {
      const startedMs = performance.now()
      while (!condition()) {
        assert.ok(performance.now() - startedMs < patienceMs, `it did not happen: ${what}`)
        await pause(5)
      }
    }

    it('delivers what was published before and after somebody listened, as it was', async () => {
      const topic = newTopic()
      await broker.publish([message(topic, 'a', 'k')])
      const { deliveries, ids } = await listen(topic)
      await broker.publish([message(topic, 'b', 'k')])
      await until(() => deliveries.length === 2, 'both messages')
      assert.deepEqual(ids(), ['a', 'b'])
      const [first] = deliveries
      assert.equal(first?.message.topic, topic)
      assert.equal(first?.message.key, 'k')
      assert.equal(first?.message.headers.note, 'Grüße')
      assert.deepEqual(JSON.parse(Buffer.from(first?.message.body ?? []).toString()), { id: 'a' })
    })

    it('delivers each message to every group, and to one member of it', async () => {
      const topic = newTopic()
      const other = await openAnother()
      const [one, two, elsewhere] = [
        await listen(topic, { group: 'shared' }),
        await listen(topic, { group: 'shared', on: other }),
        await listen(topic, { group: 'own' }),
      ]
      const sent = Array.from({ length: 60 }, (_, index) => message(topic, `m${index}`, `k${index}`))
      await broker.publish(sent)
      const all = sent.map(({ id }) => id).sort()
      await until(
        () => one.deliveries.length + two.deliveries.length >= 60 && elsewhere.deliveries.length >= 60,
        'all messages',
      )
      assert.deepEqual([...one.ids(), ...two.ids()].sort(), all)
      assert.deepEqual(elsewhere.ids().sort(), all)
    })

    it('lets a group listen to several topics, and delivers all of each', async () => {
      const [first, second] = [newTopic(), newTopic()]
      const members = [await listen(first), await listen(second), await listen(first, { on: await openAnother() })]
      const sent = [first, second].flatMap((topic) =>
        Array.from({ length: 40 }, (_, index) => message(topic, `${topic}-${index}`, `k${index}`)),
      )
      await broker.publish(sent)
      const got = (): string[] => members.flatMap(({ ids }) => ids())
      await until(() => got().length >= sent.length, 'all messages of both topics')
      assert.deepEqual(got().sort(), sent.map(({ id }) => id).sort())
    })

    it('keeps the order of each key', async () => {
      const topic = newTopic()
      const { deliveries } = await listen(topic)
      for (let batch = 0; batch < 10; batch++) {
        await broker.publish(
          ['x', 'y', 'z'].flatMap((key) =>
            [0, 1, 2].map((index) => message(topic, `${key}-${batch * 3 + index}`, key)),
          ),
        )
      }
      await until(() => deliveries.length === 90, 'all messages')
      for (const key of ['x', 'y', 'z']) {
        const numbers = deliveries.filter((d) => d.message.key === key).map((d) => Number(d.message.id.split('-')[1]))
        assert.deepEqual(
          numbers,
          Array.from({ length: 30 }, (_, index) => index),
          `of key ${key}`,
        )
      }
    })

    it('delivers again what was not acknowledged when its member leaves, and not what was', async () => {
      const topic = newTopic()
      await broker.publish(['a', 'b', 'c', 'd'].map((id) => message(topic, id, 'k')))
      const first = await listen(topic, { ack: false })
      await until(() => first.deliveries.length === 4, 'four messages')
      await Promise.all(first.deliveries.slice(0, 2).map((delivery) => delivery.ack()))
      await first.subscription.close()
      const second = await listen(topic)
      await until(() => second.deliveries.length >= 2, 'the two that are left')
      await pause(50)
      assert.deepEqual(second.ids(), ['c', 'd'])
    })

    it('delivers no more than may be in hand, until some is acknowledged', async () => {
      const topic = newTopic()
      await broker.publish(Array.from({ length: 20 }, (_, index) => message(topic, `m${index}`, `k${index}`)))
      const { deliveries } = await listen(topic, { prefetch: 3, ack: false })
      await until(() => deliveries.length === 3, 'three messages')
      await pause(100)
      assert.equal(deliveries.length, 3)
      for (let index = 0; index < 20; index++) {
        await until(() => deliveries.length > index, `message ${index}`)
        await deliveries[index]?.ack()
      }
    })

    it('delivers a message again that was given back', async () => {
      const topic = newTopic()
      await broker.publish([message(topic, 'a', 'k')])
      const { deliveries } = await listen(topic, { ack: false })
      await until(() => deliveries.length === 1, 'the message')
      deliveries[0]?.giveBack()
      await until(() => deliveries.length === 2, 'the message again')
      assert.equal(deliveries[1]?.message.id, 'a')
      await deliveries[1]?.ack()
    })

    it('delivers nothing while it is paused, and goes on where it was', async () => {
      const topic = newTopic()
      const { deliveries, ids, subscription } = await listen(topic)
      await broker.publish([message(topic, 'a', 'k')])
      await until(() => deliveries.length === 1, 'the first message')
      subscription.pause()
      await broker.publish([message(topic, 'b', 'k')])
      await pause(200)
      assert.deepEqual(ids(), ['a'])
      subscription.resume()
      await until(() => deliveries.length === 2, 'the second message')
      assert.deepEqual(ids(), ['a', 'b'])
    })

    it('begins a new group at the end if it wants to', async () => {
      const topic = newTopic()
      await broker.publish([message(topic, 'old', 'k')])
      const first = await listen(topic)
      await until(() => first.deliveries.length === 1, 'the old message')
      const { ids, deliveries } = await listen(topic, { group: 'late', from: 'latest' as never })
      await pause(200)
      await broker.publish([message(topic, 'new', 'k')])
      await until(() => deliveries.length > 0, 'the new message')
      assert.deepEqual(ids(), ['new'])
    })

    it('counts what a group has not acknowledged', async () => {
      const topic = newTopic()
      const { deliveries } = await listen(topic, { ack: false })
      await broker.publish(['a', 'b', 'c'].map((id) => message(topic, id, 'k')))
      await until(() => deliveries.length === 3, 'the messages')
      const before = await broker.lag(topic, 'g')
      if (before !== undefined) {
        assert.equal(before, 3)
        await Promise.all(deliveries.map((delivery) => delivery.ack()))
        await until(() => true, '')
        const startedMs = performance.now()
        while ((await broker.lag(topic, 'g')) !== 0)
          assert.ok(performance.now() - startedMs < patienceMs, 'the lag never became 0')
      }
    })

    it('delivers late what is to come late, where it says that it can', async () => {
      const topic = newTopic()
      const { deliveries, ids } = await listen(topic)
      if (broker.canDelay) {
        const startedMs = performance.now()
        await broker.publish([{ ...message(topic, 'late', 'a'), delayMs: 300 }, message(topic, 'now', 'b')])
        await until(() => deliveries.length === 2, 'both messages')
        assert.deepEqual(ids(), ['now', 'late'])
        assert.ok(performance.now() - startedMs >= 290)
      }
    })

    it('carries a body of a megabyte', async () => {
      const topic = newTopic()
      const { deliveries } = await listen(topic)
      const body = Buffer.alloc(900_000, 'x')
      await broker.publish([{ ...message(topic, 'big', 'k'), body }])
      await until(() => deliveries.length === 1, 'the message')
      assert.equal(Buffer.compare(Buffer.from(deliveries[0]?.message.body ?? []), body), 0)
    })

    it('shows what a topic holds without taking it, and takes out what it is told, where it says that it can', async () => {
      const topic = newTopic()
      const { shelf } = broker
      if (shelf === undefined) return
      assert.equal(await shelf.count(topic), 0)
      const ids = ['a', 'b', 'c', 'd', 'e']
      for (const id of ids) {
        await broker.publish([message(topic, id, `k${id}`)])
        // Keys lie in lanes, and a broker may know the order of lanes to the millisecond only.
        await pause(2)
      }
      assert.equal(await shelf.count(topic), 5)
      const first = await shelf.read(topic, { limit: 2 })
      const others = await shelf.read(topic, { after: first.at(-1)?.position, limit: 10 })
      const all = [...first, ...others]
      assert.deepEqual(
        all.map((shelved) => shelved.message.id),
        ids,
        'in the order in which they came',
      )
      const { body, ...rest } = all[0]?.message ?? assert.fail()
      const { body: _, ...sent } = message(topic, 'a', 'ka')
      assert.deepEqual([rest, Buffer.from(body).toString()], [sent, '{"id":"a"}'], 'as it was')
      const positions = all.filter((_, index) => index % 2 === 1).map(({ position }) => position)
      assert.deepEqual(
        (await shelf.find(topic, [...positions, '999999999999'])).map((shelved) => shelved.message.id),
        ['b', 'd'],
      )
      assert.equal(await shelf.remove(topic, positions), 2)
      assert.equal(await shelf.remove(topic, positions), 0, 'they are gone')
      assert.equal(await shelf.count(topic), 3)
      const left = ['a', 'c', 'e']
      assert.deepEqual(
        (await shelf.read(topic, { limit: 10 })).map((shelved) => shelved.message.id),
        left,
      )
      const forGroups = shelf.isViewOnly === true ? ids : left
      const late = await listen(topic)
      await until(() => late.deliveries.length === forGroups.length, 'what is left')
      assert.deepEqual(late.ids().sort(), forGroups, 'for a group that comes later, too, where the broker can')
    })

    it('publishes many at once and hands them over in batches, each with a result of its own', async () => {
      const event = defineEvent('test.counted', { data: z.object({ n: z.int() }), topic: newTopic() })
      const batches: number[][] = []
      const attempts: string[] = []
      const dead: number[] = []
      const messaging = await openMessaging()
      const options = { batch: { size: 10, waitMs: 100 }, retry: { attempts: 3, baseDelayMs: 1 } }
      messaging.subscribe(event, options, (events) => {
        batches.push(events.map(({ data }) => data.n))
        for (const received of events) {
          attempts.push(`${received.data.n}.${received.attempt}`)
          if (received.data.n === 3 && received.attempt === 1) received.retry({ afterMs: 1 })
          if (received.data.n === 4) received.reject(new Error('never'))
        }
      })
      const burial = defineEvent('test.counted', {
        data: z.object({ n: z.int() }),
        topic: `${event.topic}.dead-letter`,
      })
      messaging.subscribe(burial, { group: 'undertaker' }, ({ data }) => void dead.push(data.n))
      await messaging.start()
      const items = Array.from({ length: 20 }, (_, n) => ({ data: { n }, key: `k${n}` }))
      assert.equal(new Set(await messaging.publishMany(event, items)).size, 20)
      await until(() => attempts.length === 21 && dead.length === 1, 'twenty, one of them twice, one buried')
      assert.equal(new Set(attempts).size, 21)
      assert.ok(attempts.includes('3.2'))
      assert.deepEqual(dead, [4])
      assert.ok(batches.every(({ length }) => length <= 10) && batches.length < 15, 'they came together')
    })

    it('leaves it to the handler to say what it has handled, where it asks for that', async () => {
      const event = defineEvent('test.counted', { data: z.object({ n: z.int() }), topic: newTopic() })
      const got: string[] = []
      const messaging = await openMessaging()
      const options = { ack: 'manual', retry: { attempts: 5, baseDelayMs: 1 } } as const
      messaging.subscribe(event, options, (received) => {
        got.push(`${received.data.n}.${received.attempt}`)
        if (received.attempt < 3) received.retry({ afterMs: 1 })
        else setTimeout(() => received.ack(), 20)
      })
      await messaging.start()
      await messaging.publishMany(event, [
        { data: { n: 1 }, key: 'k' },
        { data: { n: 2 }, key: 'k' },
      ])
      await until(() => got.length === 6, 'each three times')
      assert.deepEqual(got, ['1.1', '1.2', '1.3', '2.1', '2.2', '2.3'], 'one after the other, since they share a key')
    })

    it('says that it is well', async () => {
      assert.equal((await broker.health(AbortSignal.timeout(5_000))).status, 'UP')
    })
  })
}

interface Listening {
  readonly deliveries: Delivery[]
  readonly subscription: BrokerSubscription
  ids(): string[]
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}
