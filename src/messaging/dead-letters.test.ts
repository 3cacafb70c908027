/** Dead letters: looked at, replayed to the group that failed, discarded. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { ServiceError } from '../foundation/errors/service-error.ts'
import type { Broker } from './broker.ts'
import { sqliteBroker } from './brokers/sqlite.ts'
import { defineEvent } from './event.ts'
import { LateBroker } from './internal/late-broker.ts'
import { Messaging } from './messaging.ts'

const placed = defineEvent('order.placed', { topic: 'orders', data: z.object({ id: z.string() }), key: ({ id }) => id })
const topic = 'orders.dead-letter'

interface Shop {
  readonly messages: Messaging
  /** What each group has handled, in order: `points a1`. */
  readonly handled: string[]
  /** Points refuse while it is broken. */
  setBroken(isBroken: boolean): void
}

async function withShop(work: (shop: Shop) => Promise<void>, broker: Broker = sqliteBroker({ path: ':memory:' })) {
  const messages = new Messaging({ broker, source: 'shop' })
  const handled: string[] = []
  let isBroken = true
  messages.subscribe(placed, { group: 'points', retry: { attempts: 2, baseDelayMs: 1 } }, ({ data }) => {
    if (isBroken) throw new ServiceError('NO_ACCOUNT', `There is no account of ${data.id}.`, { status: 404 })
    handled.push(`points ${data.id}`)
  })
  messages.subscribe(placed, { group: 'mail' }, ({ data }) => void handled.push(`mail ${data.id}`))
  const setBroken = (value: boolean): void => {
    isBroken = value
  }
  await messages.start()
  try {
    await work({ messages, handled, setBroken })
  } finally {
    await messages.drain()
    await messages.stop()
  }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!(await condition())) {
    assert.ok(performance.now() - startedMs < 10_000, `it did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const letters = async ({ deadLetters }: Messaging): Promise<number> => (await deadLetters.counts())[0]?.letters ?? 0

describe('dead letters', () => {
  it('shows them where settings choose the broker at the start', () =>
    withShop(
      async ({ messages }) => assert.deepEqual(await messages.deadLetters.counts(), [{ topic, letters: 0 }]),
      new LateBroker(() => sqliteBroker({ path: ':memory:' })),
    ))

  it('tell what failed, of whom and why, and stay where they are while they are looked at', () =>
    withShop(async ({ messages }) => {
      await messages.publish(placed, { id: 'a1' }, { id: 'event-1' })
      await until(async () => (await letters(messages)) === 1, 'a letter')
      for (const _ of ['once', 'twice']) {
        const { letters: found, next } = await messages.deadLetters.list(topic)
        const { position, failedAt, message, ...letter } = found[0] ?? assert.fail()
        assert.deepEqual(letter, {
          id: 'event-1',
          topic: 'orders',
          group: 'points',
          type: 'order.placed',
          key: 'a1',
          code: 'NO_ACCOUNT',
          reason: 'There is no account of a1.',
          attempts: 1,
        })
        assert.ok(failedAt instanceof Date && position !== '')
        assert.equal(Buffer.from(message.body).toString(), '{"id":"a1"}')
        assert.equal(next, undefined)
      }
      const [points] = messages.view()
      assert.deepEqual([points?.failed, points?.deadLettered, points?.lastError?.code], [1, 1, 'NO_ACCOUNT'])
      assert.equal(points?.deadLetter, topic)
    }))

  it('go to the group that failed when they are replayed, with the same id, and are gone then', () =>
    withShop(async ({ messages, handled, setBroken }) => {
      for (const id of ['a1', 'a2', 'a3']) await messages.publish(placed, { id })
      await until(async () => (await letters(messages)) === 3 && handled.length === 3, 'three letters')
      setBroken(false)
      const [first] = (await messages.deadLetters.list(topic)).letters
      const position = first?.position ?? ''
      assert.equal(await messages.deadLetters.replay(topic, { kind: 'some', positions: [position, '12345'] }), 1)
      await until(() => handled.includes(`points ${first?.key}`), 'the one that was replayed')
      assert.equal(await messages.deadLetters.replay(topic, { kind: 'some', positions: [position] }), 0, 'it is gone')
      assert.equal(await messages.deadLetters.replay(topic, { kind: 'all', filter: {} }), 2)
      await until(() => handled.filter((line) => line.startsWith('points')).length === 3, 'all of them')
      assert.deepEqual(
        handled.filter((line) => line.startsWith('mail')),
        ['mail a1', 'mail a2', 'mail a3'],
        'who had handled it does not get it again',
      )
      assert.equal(await letters(messages), 0)
    }))

  it('come back when they fail again, and a replay of all ends all the same', () =>
    withShop(async ({ messages }) => {
      for (const id of ['a1', 'a2']) await messages.publish(placed, { id })
      await until(async () => (await letters(messages)) === 2, 'two letters')
      assert.equal(await messages.deadLetters.replay(topic, { kind: 'all', filter: {} }), 2)
      await until(async () => (await letters(messages)) === 2, 'both again')
      const { letters: again } = await messages.deadLetters.list(topic)
      assert.deepEqual(
        again.map(({ group, topic: from }) => `${group} ${from}`),
        ['points orders', 'points orders'],
      )
    }))

  it('are listed page by page and by what they say, and discarded by it', () =>
    withShop(async ({ messages }) => {
      for (let number = 0; number < 7; number++) await messages.publish(placed, { id: `a${number}` })
      await until(async () => (await letters(messages)) === 7, 'seven letters')
      const { deadLetters } = messages
      const first = await deadLetters.list(topic, { limit: 5 })
      const second = await deadLetters.list(topic, { limit: 5, after: first.next })
      assert.deepEqual([first.letters.length, second.letters.length, second.next], [5, 2, undefined])
      const rows = [
        { filter: { group: 'mail' }, found: 0, why: 'another group' },
        { filter: { code: 'NO_ACCOUNT' }, found: 7, why: 'the code' },
        { filter: { type: 'order.paid' }, found: 0, why: 'another type' },
        { filter: { text: 'OF A3' }, found: 1, why: 'a word of the reason, whatever its case' },
      ]
      for (const { filter, found, why } of rows)
        assert.equal((await deadLetters.list(topic, filter)).letters.length, found, why)
      assert.equal(await deadLetters.discard(topic, { kind: 'all', filter: { text: 'of a3' } }), 1)
      assert.equal(await letters(messages), 6)
    }))

  it('are of the own groups alone: no other topic is touched', () =>
    withShop(async ({ messages: { deadLetters } }) => {
      await assert.rejects(deadLetters.list('orders'), { code: 'NO_DEAD_LETTERS', status: 404 })
      await assert.rejects(deadLetters.discard('orders', { kind: 'all', filter: {} }), { code: 'NO_DEAD_LETTERS' })
    }))

  it('of a broker that cannot look at topics are said to be there, and no more', async () => {
    const broker = sqliteBroker({ path: ':memory:' })
    Object.defineProperty(broker, 'shelf', { value: undefined })
    await withShop(async ({ messages: { deadLetters } }) => {
      assert.deepEqual(await deadLetters.counts(), [{ topic, letters: undefined }])
      await assert.rejects(deadLetters.list(topic), { code: 'CANNOT_LOOK', status: 501 })
    }, broker)
  })
})
