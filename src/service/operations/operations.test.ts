/** Messages, outbox and sagas on the admin port of a real service, on SQLite. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { z } from 'zod'
import { createDatabase } from '../../database/create-database.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { createMessaging } from '../../messaging/create-messaging.ts'
import { defineEvent } from '../../messaging/event.ts'
import { Outbox } from '../../outbox/outbox.ts'
import { outboxTables } from '../../outbox/outbox-tables.ts'
import { Relay } from '../../outbox/relay.ts'
import { createJsonLogger } from '../../telemetry/json-logger.ts'
import { noopLogger } from '../../telemetry/noop-logger.ts'
import { MemorySink } from '../../telemetry/sinks/memory.ts'
import { SagaCoordinator } from '../../transaction/saga/coordinator.ts'
import { defineSaga } from '../../transaction/saga/saga.ts'
import { createService, type StartOptions } from '../service.ts'
import type { DeadLettersView, MessagesView, OutboxesView, SagasView, SagaView, Settled } from './operations-api.ts'

const token = 'the-token-of-operators'
const placed = defineEvent('order.placed', {
  topic: 'orders',
  data: z.object({ id: z.string(), card: z.object({ token: z.string() }).optional() }),
  key: ({ id }) => id,
})
const topic = 'orders.dead-letter'

/** Points fail while they are broken; a checkout by `card`: good, refused, or one whose reservation cannot be undone. */
async function startShop(options: StartOptions = {}) {
  const sink = new MemorySink()
  const state = { isBroken: true, handled: [] as string[], isStockAway: true }
  const database = createDatabase({ url: 'sqlite::memory:' })
  database.needs(outboxTables)
  await database.start()
  const messages = createMessaging({ url: 'sqlite::memory:', source: 'shop' })
  messages.subscribe(placed, { group: 'points', retry: { attempts: 2, baseDelayMs: 1 } }, ({ data }) => {
    if (state.isBroken) throw new ServiceError('NO_ACCOUNT', `There is no account of ${data.id}.`, { status: 404 })
    state.handled.push(data.id)
  })
  const outbox = new Outbox({ database, messaging: messages })
  const checkout = defineSaga('checkout', { input: z.object({ card: z.string(), password: z.string() }) })
    .step('reserve', {
      run: () => ({ reservation: 'r1' }),
      compensate({ input }) {
        if (input.card === 'stuck' && state.isStockAway)
          throw new ServiceError('STOCK_AWAY', 'The stock is away.', { status: 503 })
      },
      // It waits for a day, unless somebody says that it is to be tried again.
      retry: { baseDelayMs: 86_400_000, maxDelayMs: 86_400_000 },
    })
    .step('pay', {
      run({ input }) {
        if (input.card !== 'good') throw new ServiceError('CARD_REFUSED', 'The card was refused.', { status: 402 })
        return { receipt: 7 }
      },
    })
    .step('ship', { run: () => undefined })
  const sagas = new SagaCoordinator({ database, sagas: [checkout], pollMs: 10 })
  const relay = new Relay({ database, messaging: messages, outbox, pollMs: 20 })
  const service = createService({
    name: 'shop',
    components: [database, messages, relay, sagas],
    shutdown: { unreadyMs: 0 },
  })
  const running = await service.start({ adminToken: token, log: createJsonLogger({ sink }), ...options })
  const ask = async <T>(path: string, body?: unknown, authorization = `Bearer ${token}`) => {
    const answer = await fetch(running.adminUrl + path, {
      headers: { authorization, connection: 'close', 'content-type': 'application/json' },
      ...(body !== undefined && { method: 'POST', body: JSON.stringify(body) }),
    })
    return { status: answer.status, body: (await answer.json()) as T & { code?: string } }
  }
  return { state, sink, database, messages, outbox, sagas, checkout, running, ask }
}

async function until(condition: () => boolean | Promise<boolean>, what: string): Promise<void> {
  const startedMs = performance.now()
  while (!(await condition())) {
    assert.ok(performance.now() - startedMs < 10_000, `it did not happen: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

describe('/messages on the admin port', () => {
  it('shows groups and dead letters, hides payloads until they are asked for, and secrets even then', async () => {
    const { ask, messages, running } = await startShop()
    await messages.publish(placed, { id: 'a1', card: { token: 'tok_4242' } }, { id: 'event-1' })
    const view = async () => (await ask<MessagesView>('/messages')).body.brokers[0]
    await until(async () => (await view())?.deadLetters[0]?.letters === 1, 'a letter')
    const { groups, ...broker } = (await view()) ?? assert.fail()
    assert.deepEqual(broker, { name: 'messaging', kind: 'sqlite', deadLetters: [{ topic, letters: 1 }] })
    const { lastError, ...group } = groups[0] ?? assert.fail()
    assert.deepEqual(group, {
      ...{
        topic: 'orders',
        group: 'points',
        types: ['order.placed'],
        isPaused: false,
        inFlight: 0,
        concurrency: 16,
        lag: 0,
      },
      ...{ handled: 0, failed: 1, retried: 0, deadLettered: 1, deadLetter: topic },
    })
    assert.equal(lastError?.code, 'NO_ACCOUNT')

    const hidden = (await ask<DeadLettersView>(`/messages/dead-letters?topic=${topic}`)).body.letters[0]
    assert.deepEqual(
      [hidden?.id, hidden?.reason, hidden?.attempts, hidden?.payload],
      ['event-1', 'There is no account of a1.', 1, null],
    )
    const shown = (await ask<DeadLettersView>(`/messages/dead-letters?topic=${topic}&payload=true`)).body.letters[0]
    assert.deepEqual(JSON.parse(shown?.payload ?? ''), { id: 'a1', card: { token: '[secret]' } })
    await running.stop()
  })

  it('replays and discards what it is told, and a line in the log says by whom', async () => {
    const { ask, messages, running, state, sink } = await startShop()
    for (const id of ['a1', 'a2', 'a3']) await messages.publish(placed, { id })
    const letters = async () => (await ask<DeadLettersView>(`/messages/dead-letters?topic=${topic}`)).body.letters
    await until(async () => (await letters()).length === 3, 'three letters')
    state.isBroken = false
    const [first] = await letters()
    const replayed = await ask<Settled>('/messages/dead-letters/replay?by=ada', { topic, positions: [first?.position] })
    assert.deepEqual(replayed, { status: 200, body: { messages: 1 } })
    await until(() => state.handled.length === 1, 'the one that was replayed')
    const discarded = await ask<Settled>('/messages/dead-letters/discard?by=ada', { topic, all: true, text: 'of a3' })
    assert.equal(discarded.body.messages, 1)
    assert.deepEqual((await letters()).map(({ key }) => key).length, 1)
    const rows = [
      { body: { topic }, code: 'BAD_CHOICE', why: 'nothing is taken for all' },
      { body: { topic, all: true, positions: ['1'] }, code: 'BAD_CHOICE', why: 'either, not both' },
      { body: { topic: 'orders', all: true }, code: 'NO_DEAD_LETTERS', why: 'no topic of dead letters' },
      { body: { topic, everything: true }, code: 'VALIDATION_FAILED', why: 'a slip' },
    ]
    for (const { body, code, why } of rows)
      assert.equal((await ask('/messages/dead-letters/replay', body)).body.code, code, why)
    const lines = sink.records.filter(({ message }) => message === 'an operator changed something')
    assert.deepEqual(
      lines.map(({ action, by, from, outcome, messages: count, code }) => ({
        action,
        by,
        from,
        outcome,
        count,
        code,
      }))[0],
      { action: 'messages.replay', by: 'ada', from: '127.0.0.1', outcome: 'done', count: 1, code: undefined },
    )
    assert.deepEqual(lines.map(({ action, outcome }) => `${action} ${outcome}`).slice(1, 3), [
      'messages.discard done',
      'messages.replay failed',
    ])
    await running.stop()
  })

  const refusals: { options: StartOptions; auth?: string; status: number; code: string; why: string }[] = [
    { options: {}, auth: 'Bearer wrong', status: 401, code: 'UNAUTHENTICATED', why: 'not the token' },
    { options: { adminToken: undefined }, status: 403, code: 'OPERATIONS_DISABLED', why: 'no token is set' },
    { options: { operations: 'off' }, status: 404, code: 'NOT_FOUND', why: 'switched off' },
    {
      options: { mode: 'production', host: '127.0.0.1', adminHost: '127.0.0.1' },
      status: 404,
      code: 'NOT_FOUND',
      why: 'not in production',
    },
  ]
  for (const { options, auth, status, code, why } of refusals) {
    it(`refuses everything with ${status} ${code}: ${why}`, async () => {
      const { ask, running } = await startShop({ log: noopLogger, ...options })
      const body = { topic, all: true }
      for (const [path, sent] of [
        ['/messages'],
        ['/outbox'],
        ['/sagas'],
        ['/messages/dead-letters/discard', body],
      ] as const) {
        const answer = await ask(path, sent, auth)
        assert.deepEqual([answer.status, answer.body.code], [status, code], path)
      }
      await running.stop()
    })
  }

  it('is not there at all where a service has nothing of the kind, and says so for the part that is missing', async () => {
    const bare = await createService({ name: 'bare' }).start({ adminToken: token, log: noopLogger })
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await fetch(`${bare.adminUrl}/messages`, { headers })).status, 404)
    await bare.stop()
    const messages = createMessaging({ url: 'sqlite::memory:', source: 'some' })
    const some = await createService({ name: 'some', components: [messages] }).start({
      adminToken: token,
      log: noopLogger,
    })
    const answer = await fetch(`${some.adminUrl}/sagas`, { headers })
    assert.deepEqual([answer.status, ((await answer.json()) as { code: string }).code], [404, 'NO_SUCH_PART'])
    await some.stop()
  })
})

describe('/outbox on the admin port', () => {
  it('shows what waits and who relays it', async () => {
    const { ask, running, database, outbox } = await startShop()
    await database.transaction(async () => void (await outbox.publish(placed, { id: 'a1' })))
    const view = async () => (await ask<OutboxesView>('/outbox')).body.outboxes[0]
    await until(async () => (await view())?.messages === 0 && (await view())?.relays[0]?.lanes === 16, 'it is relayed')
    const { relays, ...rest } = (await view()) ?? assert.fail()
    assert.deepEqual(rest, {
      name: 'outbox',
      messages: 0,
      oldestMs: 0,
      failed: 0,
      refusals: [],
      lanes: 16,
      lastError: null,
    })
    assert.deepEqual(
      relays.map(({ isHere, lanes }) => ({ isHere, lanes })),
      [{ isHere: true, lanes: 16 }],
    )
    assert.deepEqual((await ask('/outbox/retry?by=ada', {})).body, { messages: 0 })
    await running.stop()
  })
})

describe('/sagas on the admin port', () => {
  it('shows definitions, counts, and each instance with its steps; tries again what is stuck', async () => {
    const { ask, running, sagas, checkout, state } = await startShop()
    const ids: Record<string, string> = {}
    for (const card of ['good', 'refused', 'stuck'])
      ids[card] = await sagas.begin(checkout, { card, password: 'hunter2' })
    const one = async (card: string) => (await ask<SagaView>(`/sagas/${ids[card]}`)).body
    await until(async () => (await one('good')).status === 'done', 'one that succeeds')
    await until(async () => (await one('refused')).status === 'compensated', 'one that is undone')
    await until(async () => {
      const { steps, trouble, due } = await one('stuck')
      const [reserve] = steps
      if (reserve?.state === 'undo-failing' && due !== null && trouble === null)
        await ask(`/sagas/${ids.stuck}/retry`, {})
      return trouble === 'failing'
    }, 'one that is stuck')

    const states = async (card: string) => (await one(card)).steps.map(({ name, state }) => `${name} ${state}`)
    assert.deepEqual(await states('good'), ['reserve done', 'pay done', 'ship done'])
    assert.deepEqual(await states('refused'), ['reserve undone', 'pay failed', 'ship skipped'])
    assert.match((await states('stuck')).join(), /^reserve undo(ing|-failing),pay failed,ship skipped$/)

    const all = (await ask<SagasView>('/sagas')).body
    assert.deepEqual(
      all.definitions[0]?.steps.map(({ name, hasCompensation }) => [name, hasCompensation]),
      [
        ['reserve', true],
        ['pay', false],
        ['ship', false],
      ],
    )
    assert.deepEqual(all.counts.map(({ status, instances }) => `${status} ${instances}`).sort(), [
      'compensated 1',
      'compensating 1',
      'done 1',
    ])
    const rows = [
      { query: 'status=done', cards: ['good'], why: 'of one status' },
      { query: 'status=open', cards: ['stuck'], why: 'not over yet' },
      { query: 'trouble=true', cards: ['stuck'], why: 'that do not get on' },
      { query: 'name=other', cards: [], why: 'of another saga' },
    ]
    for (const { query, cards, why } of rows) {
      const { instances } = (await ask<SagasView>(`/sagas?${query}`)).body
      assert.deepEqual(
        instances.map(({ id }) => id),
        cards.map((card) => ids[card]),
        why,
      )
    }
    const first = (await ask<SagasView>('/sagas?limit=2')).body
    const rest = (await ask<SagasView>(`/sagas?limit=2&after=${first.next}`)).body
    assert.deepEqual([first.instances.length, rest.instances.length, rest.next], [2, 1, null])
    assert.equal(new Set([...first.instances, ...rest.instances].map(({ id }) => id)).size, 3, 'each once')

    state.isStockAway = false
    assert.equal((await ask(`/sagas/${ids.stuck}/retry?by=ada`, {})).status, 200)
    await until(async () => (await one('stuck')).status === 'compensated', 'it ends')
    assert.equal((await ask(`/sagas/${ids.stuck}/retry`, {})).body.code, 'SAGA_OVER')
    assert.equal((await ask(`/sagas/${ids.good}/cancel`, {})).body.code, 'SAGA_OVER')
    assert.equal((await ask('/sagas/nobody')).body.code, 'SAGA_NOT_FOUND')
    await running.stop()
  })

  it('hides input and output until they are asked for, and secrets even then', async () => {
    const { ask, running, sagas, checkout } = await startShop()
    const id = await sagas.begin(checkout, { card: 'good', password: 'hunter2' })
    await sagas.outcome(id)
    const hidden = (await ask<SagaView>(`/sagas/${id}`)).body
    assert.deepEqual([hidden.input, hidden.history.every(({ output }) => output === null)], [null, true])
    const shown = (await ask<SagaView>(`/sagas/${id}?payload=true`)).body
    assert.deepEqual(JSON.parse(shown.input ?? ''), { card: 'good', password: '[secret]' })
    const outputs = shown.history.flatMap(({ output }) => (output === null ? [] : [JSON.parse(output)]))
    assert.deepEqual(outputs, [{ reservation: 'r1' }, { receipt: 7 }])
    await running.stop()
  })
})
