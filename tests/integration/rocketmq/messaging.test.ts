/** Messaging over RocketMQ: the contract of a broker; cut, silent, killed; members that come, go and die; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { type Broker, rocketmqBroker } from 'genever/messaging'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { type RocketmqSystem, rocketmqMissing, startRocketmq } from '../../../scripts/systems/rocketmq.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { describeLostBroker, messageOf, pause, until } from '../support/lost-broker.ts'

describe('messaging over RocketMQ', { skip: rocketmqMissing }, () => {
  let server: RocketmqSystem
  before(async () => {
    server = await startRocketmq()
  })
  after(() => server.stop())
  describeBroker({ name: 'rocketmq', open: async () => rocketmqBroker({ url: server.url, leaseMs: 3_000 }) })

  const reachAt = (port: number): Record<string, string> => ({ [`127.0.0.1:${server.port}`]: `127.0.0.1:${port}` })
  describeLostBroker({
    name: 'RocketMQ',
    server: () => server,
    open: (port) => rocketmqBroker({ url: server.url, reachAt: reachAt(port) }),
    openMember: (port) => rocketmqBroker({ url: server.url, reachAt: reachAt(port), leaseMs: 500 }),
    timeout: 60_000,
  })

  it('warns of a broker that has no second one to copy to', async () => {
    const sink = new MemorySink()
    const broker = rocketmqBroker({ url: server.url, log: createJsonLogger({ sink }) })
    await broker.start()
    await broker.stop()
    assert.match(JSON.stringify(sink), /may lose acknowledged messages: brokerRole is ASYNC_MASTER/)
  })

  it('says that a message is too large for RocketMQ, and takes the others', async () => {
    const broker = rocketmqBroker({ url: server.url })
    await broker.start()
    const large = { ...messageOf('large', { topic: 'large' }), body: new Uint8Array(5_000_000) }
    const [refused, taken] = await Promise.allSettled([
      broker.publish([large]),
      broker.publish([messageOf('small', { topic: 'large' })]),
    ])
    assert.equal(refused.status === 'rejected' && refused.reason.code, 'MESSAGE_TOO_LARGE')
    assert.equal(taken.status, 'fulfilled')
    await broker.stop()
  })

  it('gives every message of publishes that overlap a place of its own, in their order', async () => {
    const broker = rocketmqBroker({ url: server.url })
    await broker.start()
    const ids = Array.from({ length: 500 }, (_, index) => `m${index}`)
    await Promise.all(ids.map((id) => broker.publish([messageOf(id, { topic: 'over.lap' })])))
    const seen: string[] = []
    await broker.subscribe({ topic: 'over.lap', group: 'g', prefetch: 100, from: 'earliest' }, (delivery) => {
      seen.push(delivery.message.id)
      delivery.ack().catch(() => undefined)
    })
    await until(() => seen.length >= 500, 30_000, 'all messages')
    assert.deepEqual(seen, ids)
    await broker.stop()
  })

  it('shares the queues out anew when members come and go, each message once and in order of its key', async () => {
    const topic = 'shared-out'
    const handled: string[] = []
    const join = async (): Promise<{ broker: Broker; count: () => number; leave: () => Promise<void> }> => {
      let [count, open] = [0, 0]
      const broker = rocketmqBroker({ url: server.url, leaseMs: 3_000 })
      await broker.start()
      const source = { topic, group: 'g', prefetch: 8, from: 'earliest' } as const
      const subscription = await broker.subscribe(source, async (delivery) => {
        count++
        open++
        await pause(3)
        handled.push(delivery.message.id)
        await delivery.ack()
        open--
      })
      const leave = async (): Promise<void> => {
        subscription.pause()
        await until(() => open === 0, 30_000, 'what is in hand to end')
        await broker.stop()
      }
      return { broker, count: () => count, leave }
    }
    const one = await join()
    let sent = 0
    const publish = async (count: number): Promise<void> => {
      for (const last = sent + count; sent < last; sent += 10) {
        const batch = Array.from({ length: 10 }, (_, index) => sent + index)
        await one.broker.publish(batch.map((n) => messageOf(`m${n}`, { topic, key: `k${n % 40}` })))
      }
    }
    await publish(200)
    const two = await join()
    for (const startedMs = performance.now(); two.count() === 0; await publish(40)) {
      assert.ok(performance.now() - startedMs < 30_000, 'the second member got nothing')
    }
    await two.leave()
    await publish(200)
    await until(() => handled.length >= sent, 60_000, `all of ${sent} messages`)
    await pause(300)
    assert.equal(handled.length, sent, 'some were delivered twice')
    for (let key = 0; key < 40; key++) {
      const numbers = handled.map((id) => Number(id.slice(1))).filter((n) => n % 40 === key)
      assert.deepEqual(
        numbers,
        numbers.toSorted((a, b) => a - b),
      )
    }
    await one.leave()
  })
})
