/** Messaging over NATS JetStream: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { ServiceError } from 'genever/foundation'
import { type Broker, type Delivery, type Message, natsBroker } from 'genever/messaging'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { type NatsSystem, natsMissing, startNats } from '../../../scripts/systems/nats.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const message = (id: string, key = 'k'): Message => ({ topic: 't', id, key, headers: {}, body: Buffer.from(id) })

async function until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - startedMs < limitMs, `not within ${limitMs} ms: ${what}`)
    await pause(5)
  }
}

describe('messaging over NATS', { skip: natsMissing }, () => {
  let server: NatsSystem
  before(async () => {
    server = await startNats()
  })
  after(() => server.stop())
  describeBroker({ name: 'nats', open: async () => natsBroker({ url: server.url, leaseMs: 3_000 }) })

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
    it(`fails a publish in time while NATS ${name}, takes one within a second after it, and delivers again`, async () => {
      await using proxy = await startFaultProxy({ port: server.port })
      const broker: Broker = natsBroker({ url: `nats://127.0.0.1:${proxy.port}` })
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
    })
  }

  it('gives the lanes of a member that died to another, and refuses its late acknowledgement', async () => {
    await using proxy = await startFaultProxy({ port: server.port })
    const dying = natsBroker({ url: `nats://127.0.0.1:${proxy.port}`, leaseMs: 500 })
    const living = natsBroker({ url: server.url, leaseMs: 500 })
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

  it('warns of a server that may lose a stream when it crashes', async () => {
    const sink = new MemorySink()
    const broker = natsBroker({ url: server.url, log: createJsonLogger({ sink }) })
    await broker.start()
    const { details } = await broker.health(AbortSignal.timeout(5_000))
    await broker.stop()
    const isOld = String(details?.version).localeCompare('2.10.23', undefined, { numeric: true }) < 0
    assert.equal(JSON.stringify(sink).includes('may lose a stream'), isOld)
  })
})
