/** What outbox and inbox must do on every database. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../database/database.ts'
import { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Broker } from '../messaging/broker.ts'
import type { MessageContext } from '../messaging/consumer.ts'
import { defineEvent } from '../messaging/event.ts'
import type { Message } from '../messaging/message.ts'
import { Messaging } from '../messaging/messaging.ts'
import { Inbox } from './inbox.ts'
import { Outbox } from './outbox.ts'
import { inboxTables, outboxTables } from './outbox-tables.ts'
import { Relay } from './relay.ts'

const placed = defineEvent('order.placed', { data: z.object({ n: z.int() }), topic: 'orders', key: () => 'k' })

export interface OutboxUnderTest {
  readonly name: string
  open(): Promise<Database>
  close(database: Database): Promise<void>
}

/** Keeps what it is given, refuses what it is told to, and can be away. */
class RecordingBroker implements Broker {
  readonly name = 'recording'
  readonly canDelay = false
  readonly taken: Message[] = []
  isAway = false
  refuses: (message: Message) => boolean = () => false

  async start(): Promise<void> {}
  async stop(): Promise<void> {}

  async publish(messages: readonly Message[]): Promise<void> {
    if (this.isAway) throw new ServiceError('BROKER_UNAVAILABLE', 'away', { status: 503 })
    if (messages.some((message) => this.refuses(message)))
      throw new ServiceError('TOO_LARGE', 'too large', { status: 413 })
    this.taken.push(...messages)
  }

  subscribe(): never {
    throw new Error('nobody subscribes here')
  }

  async lag(): Promise<undefined> {}

  async health(): Promise<{ status: 'UP' }> {
    return { status: 'UP' }
  }
}

export function describeOutbox({ name, open, close }: OutboxUnderTest): void {
  describe(`${name}: outbox and inbox`, () => {
    let db: Database
    before(async () => {
      db = await open()
      for (const tables of [outboxTables, inboxTables]) db.needs(tables)
      await db.start()
      await sql.raw('create table effect (id integer primary key, n integer not null)').execute(db.query)
    })
    after(() => close(db))
    beforeEach(async () => {
      for (const table of ['effect', 'genever_outbox', 'genever_inbox'])
        await sql.raw(`delete from ${table}`).execute(db.query)
      await sql.raw('insert into effect values (1, 0)').execute(db.query)
    })

    const parts = (): { broker: RecordingBroker; outbox: Outbox; relay: (options?: { leaseMs?: number }) => Relay } => {
      const broker = new RecordingBroker()
      const messaging = new Messaging({ broker, source: 'test' })
      const outbox = new Outbox({ database: db, messaging })
      return {
        broker,
        outbox,
        relay: (options = {}) => new Relay({ database: db, messaging, outbox, pollMs: 20, attempts: 2, ...options }),
      }
    }
    const effect = async (): Promise<number> => {
      const { rows } = await sql<{ n: number }>`select n from effect`.execute(db.query)
      return Number(rows[0]?.n)
    }
    const waiting = async (): Promise<number> => {
      const { rows } = await sql<{ n: unknown }>`select count(*) as n from genever_outbox`.execute(db.query)
      return Number(rows[0]?.n)
    }
    const numbers = ({ taken }: RecordingBroker): number[] =>
      taken.map(({ body }) => JSON.parse(Buffer.from(body).toString()).n)

    it('publishes after the commit, in order, and keeps nothing of it', async () => {
      const { broker, outbox, relay } = parts()
      const running = relay()
      running.start()
      const ids: string[] = []
      for (let n = 0; n < 5; n++) {
        await db.transaction(async () => {
          ids.push(await outbox.publish(placed, { n }))
        })
      }
      await until(() => broker.taken.length === 5)
      assert.deepEqual(numbers(broker), [0, 1, 2, 3, 4])
      assert.deepEqual(
        broker.taken.map(({ id }) => id),
        ids,
      )
      await until(async () => (await waiting()) === 0)
      await running.stop()
    })

    it('publishes nothing of a transaction that is taken back', async () => {
      const { broker, outbox, relay } = parts()
      await db
        .transaction(async () => {
          await outbox.publish(placed, { n: 1 })
          throw new Error('no')
        })
        .catch(() => undefined)
      const running = relay()
      running.start()
      await db.transaction(async () => void (await outbox.publish(placed, { n: 2 })))
      await until(() => broker.taken.length > 0)
      assert.deepEqual(numbers(broker), [2])
      await running.stop()
    })

    it('refuses an event outside of a transaction', async () => {
      const { outbox } = parts()
      await assert.rejects(outbox.publish(placed, { n: 1 }), { code: 'OUTBOX_WITHOUT_TRANSACTION' })
      assert.equal(await waiting(), 0)
    })

    it('keeps everything while the broker is away, and publishes it in order when it is back', async () => {
      const { broker, outbox, relay } = parts()
      broker.isAway = true
      const running = relay()
      running.start()
      for (let n = 0; n < 3; n++) await db.transaction(async () => void (await outbox.publish(placed, { n })))
      await until(async () => (await running.health()).status === 'DEGRADED')
      assert.equal(await waiting(), 3)
      broker.isAway = false
      await until(() => broker.taken.length === 3)
      assert.deepEqual(numbers(broker), [0, 1, 2])
      await until(async () => (await running.health()).status === 'UP')
      await running.stop()
    })

    it('goes on when the request is over whose commit has woken it', async () => {
      const { broker, outbox, relay } = parts()
      broker.isAway = true
      const running = relay()
      running.start()
      await until(async () => (await running.view()).relays.length > 0)
      const request = new Context()
      await request.run(() => db.transaction(async () => void (await outbox.publish(placed, { n: 1 }))))
      await until(async () => (await running.health()).status === 'DEGRADED')
      request.cancel()
      broker.isAway = false
      await until(() => broker.taken.length === 1)
      await until(async () => (await running.health()).status === 'UP')
      await running.stop()
    })

    it('shows what waits, what was refused and who relays, and tries again what was refused', async () => {
      const { broker, outbox, relay } = parts()
      broker.refuses = ({ body }) => JSON.parse(Buffer.from(body).toString()).n === 1
      const [running, other] = [relay({ leaseMs: 900 }), relay({ leaseMs: 900 })]
      running.start()
      other.start()
      for (let n = 0; n < 3; n++) await db.transaction(async () => void (await outbox.publish(placed, { n })))
      await until(async () => (await running.view()).failed === 1 && broker.taken.length === 2)
      await until(async () => (await running.view()).relays.every(({ lanes }) => lanes === 8))
      const { messages, oldestMs, refusals, relays, lanes } = await running.view()
      assert.deepEqual({ messages, oldestMs, lanes }, { messages: 0, oldestMs: 0, lanes: 16 })
      assert.deepEqual(refusals, [{ topic: 'orders', code: 'TOO_LARGE', messages: 1 }])
      assert.deepEqual([relays.length, relays.filter(({ isHere }) => isHere).length], [2, 1])
      broker.refuses = () => false
      assert.equal(await running.retryRefused(), 1)
      await until(() => broker.taken.length === 3)
      await Promise.all([running.stop(), other.stop()])
      assert.deepEqual((await running.view()).relays, [])
    })

    it('sets a message aside that the broker refuses for good, and goes on with the rest', async () => {
      const { broker, outbox, relay } = parts()
      broker.refuses = ({ body }) => JSON.parse(Buffer.from(body).toString()).n === 1
      await db.transaction(async () => {
        for (let n = 0; n < 3; n++) await outbox.publish(placed, { n })
      })
      const running = relay()
      running.start()
      await until(() => broker.taken.length === 2)
      assert.deepEqual(numbers(broker), [0, 2])
      const { details } = await running.health()
      assert.equal(details?.failed, 1)
      await running.stop()
    })

    it('shares the work of several relays, without a message lost or out of order', async () => {
      const { broker, outbox, relay } = parts()
      const relays = [relay({ leaseMs: 3_000 }), relay({ leaseMs: 3_000 }), relay({ leaseMs: 3_000 })]
      for (const one of relays) one.start()
      await until(async () => {
        const held = await Promise.all(relays.map(async (one) => Number((await one.health()).details?.lanes)))
        return held.every((lanes) => lanes > 0)
      }, 15_000)
      const keys = Array.from({ length: 12 }, (_, index) => `key-${index}`)
      for (let n = 0; n < 10; n++) {
        await db.transaction(async () => {
          for (const key of keys) await outbox.publish(placed, { n }, { key })
        })
      }
      await until(() => broker.taken.length >= 120)
      await until(async () => (await waiting()) === 0)
      // A relay that a busy machine kept beyond its lease may publish again what another has: with the id that it had.
      const first = [...new Map(broker.taken.toReversed().map((message) => [message.id, message])).values()].reverse()
      assert.equal(first.length, 120)
      for (const key of keys) {
        const own = { ...broker, taken: first.filter((message) => message.key === key) } as RecordingBroker
        assert.deepEqual(numbers(own), [0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
      }
      await Promise.all(relays.map((one) => one.stop()))
    })

    it('publishes late what is to come late', async () => {
      const { broker, outbox, relay } = parts()
      const running = relay()
      running.start()
      const startedMs = performance.now()
      await db.transaction(async () => {
        await outbox.publish(placed, { n: 1 }, { delayMs: 300 })
        await outbox.publish(placed, { n: 2 })
      })
      await until(() => broker.taken.length === 2)
      assert.deepEqual(numbers(broker), [2, 1])
      assert.ok(performance.now() - startedMs >= 290)
      await running.stop()
    })

    it('makes the effect of a message once, however often and at once it is delivered', async () => {
      const inbox = new Inbox({ database: db })
      const deliver = (id: string): Promise<void> =>
        inbox.once('points', id, async () => {
          await sql.raw('update effect set n = n + 1').execute(db.query)
        })
      await Promise.all([deliver('a'), deliver('a'), deliver('b')])
      await deliver('a')
      assert.equal(await effect(), 2)
    })

    it('makes the effect for each group', async () => {
      const inbox = new Inbox({ database: db })
      const add = async (): Promise<void> => void (await sql.raw('update effect set n = n + 1').execute(db.query))
      await inbox.once('points', 'a', add)
      await inbox.once('mail', 'a', add)
      assert.equal(await effect(), 2)
    })

    it('forgets a message whose handler failed, so that the next attempt has its effect', async () => {
      const inbox = new Inbox({ database: db })
      const failing = inbox.once('points', 'a', async () => {
        await sql.raw('update effect set n = n + 1').execute(db.query)
        throw new Error('no')
      })
      await assert.rejects(failing)
      assert.equal(await effect(), 0)
      await inbox.once('points', 'a', async () => void (await sql.raw('update effect set n = n + 1').execute(db.query)))
      assert.equal(await effect(), 1)
    })

    it('takes a batch in one transaction: known ones are left out, and those that failed come again', async () => {
      const { batch } = new Inbox({ database: db }).layer
      assert.ok(batch !== undefined)
      const facts = (id: string): MessageContext => {
        const message: Message = { id, topic: 'orders', key: undefined, headers: {}, body: new Uint8Array() }
        return { message, topic: 'orders', group: 'points', attempt: 1 }
      }
      const taken: string[][] = []
      const handle =
        (failing: string[]) =>
        async (messages: readonly MessageContext[]): Promise<readonly MessageContext[]> => {
          taken.push(messages.map(({ message }) => message.id))
          await sql.raw(`update effect set n = n + ${messages.length - failing.length}`).execute(db.query)
          return messages.filter(({ message }) => failing.includes(message.id))
        }
      const all = ['a', 'b', 'c'].map(facts)
      assert.deepEqual(
        (await batch(all, handle(['b']))).map(({ message }) => message.id),
        ['b'],
      )
      assert.deepEqual(await batch(all, handle([])), [])
      await assert.rejects(batch([facts('d')], () => Promise.reject(new Error('no'))))
      await batch(['a', 'd'].map(facts), handle([]))
      assert.deepEqual(taken, [['a', 'b', 'c'], ['b'], ['d']])
      assert.equal(await effect(), 4)
    })

    it('forgets ids only after their time', async () => {
      await new Inbox({ database: db }).once('points', 'a', async () => undefined)
      assert.equal(await new Inbox({ database: db }).trim(), 0)
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(await new Inbox({ database: db, retentionMs: 1 }).trim(), 1)
    })
  })
}

async function until(condition: () => boolean | Promise<boolean>, limitMs = 10_000): Promise<void> {
  const startedMs = performance.now()
  while (!(await condition())) {
    assert.ok(performance.now() - startedMs < limitMs, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
