/** What a broker does when its server is cut off, silent, gone and back, and when one of its members dies: the same for every server. */
import assert from 'node:assert/strict'
import { it } from 'node:test'
import { ServiceError } from 'genever/foundation'
import { type Broker, type Delivery, defineEvent, type Message, Messaging } from 'genever/messaging'
import { z } from 'zod'
import type { System } from '../../../scripts/systems/server-process.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'

export interface LostBrokerOptions {
  /** As people call it. */
  readonly name: string
  /** The running server; it is there when the tests run. */
  readonly server: () => System
  /** As a service opens it, behind this port. */
  readonly open: (port: number) => Broker
  /** A member that is taken for dead soon. */
  readonly openMember: (port: number) => Broker
  /** For a server that is slow to start, in milliseconds. */
  readonly timeout?: number
}

const faults: readonly {
  readonly name: string
  hit(server: System, proxy: FaultProxy): unknown
  heal(server: System, proxy: FaultProxy): unknown
}[] = [
  { name: 'refuses connections', hit: (_, proxy) => proxy.stop(), heal: (_, proxy) => proxy.start() },
  { name: 'is silent', hit: (_, proxy) => proxy.silence(), heal: (_, proxy) => proxy.heal() },
  { name: 'is killed', hit: (server) => server.kill(), heal: (server) => server.restart() },
]

export function describeLostBroker({ name: system, server, open, openMember, timeout }: LostBrokerOptions): void {
  const options = timeout === undefined ? {} : { timeout }
  for (const { name, hit, heal } of faults) {
    const title = `fails a publish in time while ${system} ${name}, takes one within a second after it, and delivers again`
    it(title, options, async () => {
      await using proxy = await startFaultProxy({ port: server().port })
      const broker = open(proxy.port)
      await broker.start()
      const seen: string[] = []
      const group = name.replaceAll(' ', '-')
      await broker.subscribe({ topic: 't', group, prefetch: 10, from: 'latest' }, (delivery) => {
        seen.push(delivery.message.id)
        delivery.ack().catch(() => delivery.giveBack())
      })
      await broker.publish([messageOf(`${group}-before`)])
      await until(() => seen.includes(`${group}-before`), 10_000, 'the first message')
      await hit(server(), proxy)
      const startedMs = performance.now()
      const error = await broker.publish([messageOf(`${group}-lost`)]).catch((thrown: unknown) => thrown)
      assert.ok(error instanceof ServiceError)
      assert.equal(error.code, 'BROKER_UNAVAILABLE')
      assert.ok(performance.now() - startedMs < 2_500)
      await heal(server(), proxy)
      const healedMs = performance.now()
      const fresh = open(proxy.port)
      const [backMs, freshMs] = await Promise.all([
        untilPublished(broker, messageOf(`${group}-after`)).then(() => performance.now() - healedMs),
        untilStarted(fresh)
          .then(() => untilPublished(fresh, messageOf(`${group}-fresh`)))
          .then(() => performance.now() - healedMs),
      ])
      // A second is the bar. On a busy machine everything takes longer, also for a client that has seen no fault.
      assert.ok(backMs <= 1_000 + 2 * freshMs, `back after ${backMs} ms, a new client after ${freshMs} ms`)
      await fresh.stop()
      await until(() => seen.includes(`${group}-after`), 10_000, 'the message after it')
      await broker.stop()
    })
  }

  it(
    `lets a service start while ${system} is away, says that it is not ready, and works when it is there`,
    options,
    async () => {
      await using proxy = await startFaultProxy({ port: server().port })
      await proxy.stop()
      await startsWithout(open(proxy.port), () => proxy.start())
    },
  )

  it('gives the lanes of a member that died to another, and refuses its late acknowledgement', async () => {
    await using proxy = await startFaultProxy({ port: server().port })
    await takesOver({ dying: openMember(proxy.port), living: openMember(server().port), proxy })
  })
}

/** A member behind a proxy dies: another one gets its messages, and what it acknowledges afterwards is refused. */
export async function takesOver({
  dying,
  living,
  proxy,
  patienceMs = 10_000,
}: {
  readonly dying: Broker
  readonly living: Broker
  readonly proxy: FaultProxy
  readonly patienceMs?: number
}): Promise<void> {
  await Promise.all([dying.start(), living.start()])
  const [first, second]: [Delivery[], Delivery[]] = [[], []]
  const source = { topic: 'taken', group: 'g', prefetch: 10, from: 'earliest' } as const
  await dying.subscribe(source, (delivery) => first.push(delivery))
  await living.publish(['a', 'b', 'c'].map((id) => messageOf(id, { topic: 'taken' })))
  await until(() => first.length === 3, patienceMs, 'three messages')
  await proxy.stop()
  await living.subscribe(source, (delivery) => second.push(delivery))
  await until(() => second.length === 3, patienceMs, 'the messages of the dead member')
  assert.deepEqual(
    second.map((delivery) => delivery.message.id),
    ['a', 'b', 'c'],
  )
  await proxy.start()
  assert.equal(await lateAcknowledgement(first[0]), 'DELIVERY_LOST')
  await Promise.all([dying.stop(), living.stop()])
}

/** The one rule of a start without its broker, of every broker. */
export async function startsWithout(broker: Broker, heal: () => Promise<unknown>): Promise<void> {
  const event = defineEvent('started.without', { data: z.object({ n: z.int() }) })
  const messages = new Messaging({ broker, source: 'patient' })
  const handled: number[] = []
  messages.subscribe(event, { group: 'patient' }, ({ data }) => void handled.push(data.n))
  const startedMs = performance.now()
  await messages.start()
  assert.equal((await messages.health()).status, 'DOWN')
  const error = await messages.publish(event, { n: 1 }).catch((thrown: unknown) => thrown)
  assert.equal(error instanceof ServiceError && error.code, 'BROKER_UNAVAILABLE')
  assert.ok(performance.now() - startedMs < 20_000, 'the start and the publish that failed took too long')
  await heal()
  for (const healedMs = performance.now(); (await messages.health()).status !== 'UP'; await pause(50)) {
    assert.ok(performance.now() - healedMs < 30_000, 'it is not ready when its broker is there')
  }
  await messages.publish(event, { n: 2 })
  await until(() => handled.includes(2), 30_000, 'the event')
  await messages.drain(AbortSignal.timeout(5_000))
  await messages.stop()
}

export function messageOf(id: string, { topic = 't', key = 'k' } = {}): Message {
  return { topic, id, key, headers: {}, body: Buffer.from(id) }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

export async function until(condition: () => boolean, limitMs: number, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - startedMs < limitMs, `not within ${limitMs} ms: ${what}`)
    await pause(5)
  }
}

async function untilStarted(broker: Broker): Promise<void> {
  while (
    await broker.start().then(
      () => false,
      () => true,
    )
  )
    await pause(10)
}

export async function untilPublished(broker: Broker, message: Message): Promise<void> {
  for (;;) {
    const isTaken = await broker.publish([message]).then(
      () => true,
      () => false,
    )
    if (isTaken) return
    await pause(10)
  }
}

/** What becomes of it when the broker can be reached again: `taken`, or the code of the refusal. */
async function lateAcknowledgement(delivery: Delivery | undefined): Promise<unknown> {
  for (;;) {
    const code = await delivery?.ack().then(
      () => 'taken',
      (error: ServiceError) => error.code,
    )
    if (code !== 'BROKER_UNAVAILABLE') return code
    await pause(10)
  }
}
