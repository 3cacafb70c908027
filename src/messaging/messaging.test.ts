/** Events from publishing to the handler: types, order, retries, dead letters, drain. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { currentContext } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { baggageValue, withBaggage } from '../telemetry/baggage.ts'
import { prometheusText } from '../telemetry/exporters/prometheus.ts'
import { Registry } from '../telemetry/registry.ts'
import { sqliteBroker } from './brokers/sqlite.ts'
import type { MessageLayer } from './consumer.ts'
import { createMessaging, type MessagingOptions } from './create-messaging.ts'
import { fromDeadLetter } from './dead-letter.ts'
import { defineEvent, type ReceivedEvent } from './event.ts'
import { Messaging } from './messaging.ts'

const Order = z.object({ id: z.string(), total: z.int().default(0) })
const placed = defineEvent('order.placed', { data: Order, topic: 'orders', key: ({ id }) => id })
const cancelled = defineEvent('order.cancelled', {
  data: z.object({ id: z.string() }),
  topic: 'orders',
  key: ({ id }) => id,
})

const quick = { retry: { attempts: 3, baseDelayMs: 1 } }

async function started(
  arrange: (messaging: Messaging) => void,
  options: Partial<MessagingOptions> = {},
): Promise<Messaging> {
  const messaging = createMessaging({ url: 'sqlite::memory:', source: 'test', ...options })
  arrange(messaging)
  await messaging.start()
  return messaging
}

async function ended(messaging: Messaging): Promise<void> {
  await messaging.drain(AbortSignal.timeout(2_000))
  await messaging.stop()
}

async function until(condition: () => boolean): Promise<void> {
  const startedMs = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - startedMs < 5_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
}

describe('batches and manual acknowledgement', () => {
  it('tries all of a batch again whose handler threw, but for those that it settled before', async () => {
    const seen: string[] = []
    const messaging = await started((m) =>
      m.subscribe(placed, { ...quick, batch: { size: 3, waitMs: 1_000 } }, (events) => {
        for (const { data, attempt } of events) seen.push(`${data.id}.${attempt}`)
        if (events.length < 3) return
        events.find(({ data }) => data.id === 'a')?.ack()
        throw new Error('the others not')
      }),
    )
    await messaging.publishMany(
      placed,
      ['a', 'b', 'c'].map((id) => ({ data: { id } })),
    )
    await until(() => seen.length >= 5)
    assert.deepEqual(seen.slice(3).sort(), ['b.2', 'c.2'])
    await ended(messaging)
  })

  it('takes what a handler does not settle in time for failed, and hears nothing of it afterwards', async () => {
    const late: unknown[] = []
    let attempts = 0
    const messaging = await started((m) =>
      m.subscribe(placed, { ...quick, ack: 'manual', timeoutMs: 30 }, (event) => {
        attempts++
        if (attempts > 1) event.ack()
        try {
          if (attempts > 1) event.reject()
        } catch (error) {
          late.push(error)
        }
      }),
    )
    await messaging.publish(placed, { id: 'o1' })
    await until(() => late.length === 1)
    assert.equal(attempts, 2)
    assert.ok(late[0] instanceof ServiceError && late[0].code === 'MESSAGE_SETTLED')
    await ended(messaging)
  })

  it('drops what is rejected where there are no dead letters, and goes on', async () => {
    const got: string[] = []
    const messaging = await started((m) =>
      m.subscribe(placed, { ...quick, ack: 'manual', deadLetter: false }, (event) => {
        got.push(event.data.id)
        if (event.data.id === 'a') event.reject()
        else event.ack()
      }),
    )
    await messaging.publishMany(
      placed,
      ['a', 'b'].map((id) => ({ data: { id }, key: 'k' })),
    )
    await until(() => got.length === 2)
    assert.deepEqual(got, ['a', 'b'])
    await ended(messaging)
  })

  it('does not put a layer aside that knows no batches', () => {
    const layer: MessageLayer = (_facts, next) => next()
    const messaging = createMessaging({ url: 'sqlite::memory:', source: 'test', layers: [layer] })
    assert.throws(() => messaging.subscribe(placed, { batch: { size: 2 } }, () => undefined), {
      code: 'BAD_SUBSCRIPTION',
    })
  })
})

describe('messaging', () => {
  it('asks for the address of its broker when it starts, when settings are known', async () => {
    let url: string | undefined
    const got: string[] = []
    const messaging = createMessaging({ source: 'test', url: () => url ?? 'mailto:nobody' })
    messaging.subscribe(placed, ({ data }) => void got.push(data.id))
    url = 'sqlite::memory:'
    await messaging.start()
    await messaging.publish(placed, { id: 'o1' })
    await until(() => got.length === 1)
    await ended(messaging)
    const other = createMessaging({ source: 'test', url: () => 'mailto:nobody' })
    await assert.rejects(other.start(), { code: 'BAD_BROKER_URL' })
  })

  it('hands an event to its handler with what the schema made of its data', async () => {
    const got: ReceivedEvent<typeof Order>[] = []
    const messaging = await started((m) => m.subscribe(placed, (event) => void got.push(event)))
    const id = await messaging.publish(placed, { id: 'o1' })
    await until(() => got.length === 1)
    const [event] = got
    assert.deepEqual(event?.data, { id: 'o1', total: 0 })
    assert.deepEqual(
      [event?.type, event?.id, event?.key, event?.source, event?.attempt],
      ['order.placed', id, 'o1', 'test', 1],
    )
    assert.ok(Math.abs((event?.time.getTime() ?? 0) - Date.now()) < 5_000)
    await ended(messaging)
  })

  it('refuses to publish what the schema does not want', async () => {
    const messaging = await started(() => undefined)
    const wrong = messaging.publish(placed, { id: 7 } as never)
    await assert.rejects(wrong, { code: 'BAD_EVENT_DATA', status: 400 })
    await ended(messaging)
  })

  it('hands several types of a topic to one group in their order, and passes over the others', async () => {
    const got: string[] = []
    const messaging = await started((m) => {
      m.subscribe(placed, ({ data }) => void got.push(`placed ${data.id}`))
      m.subscribe(cancelled, ({ data }) => void got.push(`cancelled ${data.id}`))
    })
    const unknown = defineEvent('order.audited', { data: z.object({}), topic: 'orders' })
    await messaging.publish(placed, { id: 'o1' })
    await messaging.publish(unknown, {}, { key: 'o1' })
    await messaging.publish(cancelled, { id: 'o1' })
    await until(() => got.length === 2)
    assert.deepEqual(got, ['placed o1', 'cancelled o1'])
    await ended(messaging)
  })

  it('tries again what failed, and later events of its key wait', async () => {
    const got: string[] = []
    const messaging = await started((m) =>
      m.subscribe(placed, quick, ({ data, attempt }) => {
        got.push(`${data.total}/${attempt}`)
        if (data.total === 1 && attempt < 3) throw new Error('not now')
      }),
    )
    await messaging.publish(placed, { id: 'o1', total: 1 })
    await messaging.publish(placed, { id: 'o1', total: 2 })
    await until(() => got.length === 4)
    assert.deepEqual(got, ['1/1', '1/2', '1/3', '2/1'])
    await ended(messaging)
  })

  const buried: { fails: () => never; attempts: number; code: string; why: string }[] = [
    {
      why: 'fails at every attempt',
      fails: () => {
        throw new Error('the password is hunter2')
      },
      attempts: 3,
      code: 'INTERNAL',
    },
    {
      why: 'says itself that it can never succeed',
      fails: () => {
        throw new ServiceError('NO_SUCH_USER', 'There is no such user.', { status: 404 })
      },
      attempts: 1,
      code: 'NO_SUCH_USER',
    },
  ]
  for (const { fails, attempts, code, why } of buried) {
    it(`buries an event that ${why}, with the reason and nothing private`, async () => {
      let count = 0
      const letters: ReceivedEvent[] = []
      const grave = defineEvent('order.placed', { data: Order, topic: 'orders.dead-letter' })
      const messaging = await started((m) => {
        m.subscribe(placed, quick, () => {
          count++
          fails()
        })
        m.subscribe(grave, { group: 'undertaker' }, (letter) => void letters.push(letter))
      })
      const id = await messaging.publish(placed, { id: 'o1' })
      await until(() => letters.length === 1)
      assert.equal(count, attempts)
      const { headers } = letters[0] as ReceivedEvent
      assert.deepEqual(
        [
          letters[0]?.id,
          headers['x-dead-code'],
          headers['x-dead-topic'],
          headers['x-dead-group'],
          headers['x-dead-attempts'],
        ],
        [id, code, 'orders', 'test', String(attempts)],
      )
      assert.doesNotMatch(JSON.stringify(headers), /hunter2/)
      await ended(messaging)
    })
  }

  it('buries what is no event of this type at once, and goes on', async () => {
    const got: string[] = []
    const messaging = await started((m) => m.subscribe(placed, quick, ({ data }) => void got.push(data.id)))
    const message = await messaging.messageOf(placed, { id: 'o1' })
    await messaging.publishMessages([{ ...message, body: Buffer.from('{"id":') }])
    await messaging.publish(placed, { id: 'o1' })
    await until(() => got.length === 1)
    await ended(messaging)
  })

  it('replays a dead letter to the group that failed alone, with its id', async () => {
    const got: string[] = []
    let works = false
    const letters: Parameters<typeof fromDeadLetter>[0][] = []
    const broker = sqliteBroker({ path: ':memory:' })
    const messaging = new Messaging({ broker, source: 'test' })
    messaging.subscribe(placed, { ...quick, group: 'points' }, ({ id }) => {
      if (!works) throw new Error('not now')
      got.push(`points ${id}`)
    })
    messaging.subscribe(placed, { ...quick, group: 'mail' }, ({ id }) => void got.push(`mail ${id}`))
    await messaging.start()
    await broker.subscribe(
      { topic: 'orders.dead-letter', group: 'replay', prefetch: 10, from: 'earliest' },
      (delivery) => {
        letters.push(delivery.message)
        void delivery.ack()
      },
    )
    const id = await messaging.publish(placed, { id: 'o1' })
    await until(() => letters.length === 1)
    works = true
    const again = fromDeadLetter(letters[0] as (typeof letters)[0])
    assert.ok(again !== undefined)
    await messaging.publishMessages([again])
    await until(() => got.length === 2)
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.deepEqual(got, [`mail ${id}`, `points ${id}`])
    await ended(messaging)
  })

  it('ends an attempt at its deadline, also one that does not listen', async () => {
    const reasons: string[] = []
    const messaging = await started((m) =>
      m.subscribe(placed, { timeoutMs: 20, retry: { attempts: 2, baseDelayMs: 1 } }, () => {
        currentContext()?.onCancel(({ code }) => reasons.push(code))
        return new Promise<void>(() => undefined)
      }),
    )
    await messaging.publish(placed, { id: 'o1' })
    await until(() => reasons.length === 2)
    assert.deepEqual(reasons, ['DEADLINE_EXCEEDED', 'DEADLINE_EXCEEDED'])
    await ended(messaging)
  })

  it('ends what is in hand when it stops, and leaves the rest to the next member', async () => {
    const broker = 'sqlite::memory:'
    const begun: string[] = []
    const done: string[] = []
    const gate = Promise.withResolvers<void>()
    const messaging = await started(
      (m) =>
        m.subscribe(placed, { concurrency: 2 }, async ({ data }) => {
          begun.push(data.id)
          await gate.promise
          done.push(data.id)
        }),
      { url: broker },
    )
    for (const id of ['a', 'b', 'c', 'd']) await messaging.publish(placed, { id })
    await until(() => begun.length === 2)
    const draining = messaging.drain(AbortSignal.timeout(5_000))
    gate.resolve()
    await draining
    assert.equal(done.length, 2)
    await new Promise((resolve) => setTimeout(resolve, 30))
    assert.equal(begun.length, 2)
    await messaging.stop()
  })

  it('puts layers around each attempt', async () => {
    const told: string[] = []
    const layer: MessageLayer = async ({ group, attempt }, next) => {
      told.push(`${group} ${attempt} in`)
      await next().finally(() => told.push('out'))
    }
    const messaging = await started((m) => m.subscribe(placed, quick, () => void told.push('handler')), {
      layers: [layer],
    })
    await messaging.publish(placed, { id: 'o1' })
    await until(() => told.length === 3)
    assert.deepEqual(told, ['test 1 in', 'handler', 'out'])
    await ended(messaging)
  })

  it('carries baggage from the publisher to the handler', async () => {
    const got: (string | undefined)[] = []
    const messaging = await started((m) => m.subscribe(placed, () => void got.push(baggageValue('tenant'))))
    await withBaggage({ tenant: 'acme' }, () => messaging.publish(placed, { id: 'o1' }))
    await until(() => got.length === 1)
    assert.deepEqual(got, ['acme'])
    await ended(messaging)
  })

  it('refuses a second handler of one type, other options for one topic, and a name that no broker takes', async () => {
    const messaging = createMessaging({ url: 'sqlite::memory:', source: 'test' })
    messaging.subscribe(placed, { concurrency: 1 }, () => undefined)
    assert.throws(() => messaging.subscribe(placed, () => undefined), { code: 'BAD_SUBSCRIPTION' })
    assert.throws(() => messaging.subscribe(cancelled, { concurrency: 2 }, () => undefined), {
      code: 'BAD_SUBSCRIPTION',
    })
    assert.throws(() => defineEvent('order placed', { data: Order }), { code: 'BAD_EVENT_NAME' })
    assert.throws(
      () => createMessaging({ url: 'carrier-pigeon://user:secret@x', source: 'test' }),
      (error) => {
        assert.ok(error instanceof ServiceError)
        assert.doesNotMatch(error.message, /secret/)
        return error.code === 'BAD_BROKER_URL'
      },
    )
  })

  it('counts what is published and handled', async () => {
    const meter = new Registry()
    const handled: string[] = []
    const messaging = await started((m) => m.subscribe(placed, ({ id }) => void handled.push(id)), { meter })
    await messaging.publish(placed, { id: 'o1' })
    await until(() => handled.length === 1)
    await ended(messaging)
    const text = prometheusText(meter.snapshot())
    for (const name of ['messages_published_total', 'message_handle_duration_seconds'])
      assert.match(text, new RegExp(name))
  })
})
