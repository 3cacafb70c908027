/** What idempotency keys must do on every database. */
import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { after, before, beforeEach, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import { z } from 'zod'
import { createDatabase } from '../database/create-database.ts'
import type { Database } from '../database/database.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type App, createApp } from '../http/app.ts'
import { type IdempotentOptions, idempotent } from './idempotent.ts'

export interface IdempotencyDatabase {
  readonly name: string
  /** Of a database that is the test's alone. */
  url(): string
}

const program = fileURLToPath(new URL('fixtures/payments.ts', import.meta.url))

interface Outcome {
  readonly status: number
  readonly body: Record<string, unknown>
  readonly headers: Headers
}

export function describeIdempotency({ name, url }: IdempotencyDatabase): void {
  describe(`${name}: idempotency keys`, () => {
    let db: Database
    before(async () => {
      db = createDatabase({ url: url() })
      for (const table of ['payment', 'genever_idempotency', 'genever_part'])
        await sql.raw(`drop table if exists ${table}`).execute(db.query)
      await sql.raw('create table payment (id varchar(36) primary key)').execute(db.query)
      idempotent({ database: db })
      await db.start()
    })
    after(() => db.stop())
    beforeEach(async () => {
      for (const table of ['payment', 'genever_idempotency']) await sql.raw(`delete from ${table}`).execute(db.query)
    })

    const paid = async (): Promise<number> => {
      const { rows } = await sql<{ n: unknown }>`select count(*) as n from payment`.execute(db.query)
      return Number(rows[0]?.n)
    }
    const insert = async (): Promise<void> =>
      void (await sql`insert into payment (id) values (${crypto.randomUUID()})`.execute(db.query))

    /** `fails` is taken from, one for each request; `within` is done by the handler. */
    const appOf = (
      options: Partial<IdempotentOptions> = {},
      { fails = [], within }: { fails?: (ServiceError | number)[]; within?: () => Promise<unknown> } = {},
    ): App => {
      const app = createApp()
      app.use(async (c, next) => {
        c.header('x-outer', crypto.randomUUID())
        return next()
      })
      app.post(
        '/payments',
        { body: z.object({ cents: z.int() }) },
        idempotent({ database: db, ...options }),
        async (c) => {
          await insert()
          await within?.()
          const failure = fails.shift()
          if (failure instanceof ServiceError) throw failure
          c.header('location', '/payments/1')
          return c.json({ id: crypto.randomUUID(), cents: c.body.cents }, (failure ?? 201) as 201)
        },
      )
      app.get('/payments', idempotent({ database: db, required: true }), () => ({}))
      return app
    }
    const send = async (
      app: App,
      {
        key,
        body = { cents: 5 },
        headers = {},
      }: { key?: string; body?: object; headers?: Record<string, string> } = {},
    ): Promise<Outcome> => {
      const answer = await app.request('/payments', {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...(key !== undefined && { 'idempotency-key': key }),
          ...headers,
        },
        body: JSON.stringify(body),
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, headers: answer.headers }
    }

    for (const transaction of [true, false]) {
      it(`give the same answer again and do nothing, ${transaction ? 'in a transaction' : 'without one'}`, async () => {
        const app = appOf({ transaction })
        const first = await send(app, { key: 'k1' })
        const second = await send(app, { key: '"k1"' })
        assert.deepEqual([first.status, second.status], [201, 201])
        assert.deepEqual(second.body, first.body)
        const fields = ['location', 'content-type', 'idempotent-replayed'] as const
        assert.deepEqual(
          [first, second].map(({ headers }) => fields.map((field) => headers.get(field))),
          [
            ['/payments/1', 'application/json', null],
            ['/payments/1', 'application/json', 'true'],
          ],
        )
        assert.notEqual(second.headers.get('x-outer'), first.headers.get('x-outer'), 'what is of the request is new')
        assert.equal(await paid(), 1)
      })
    }

    it('do without a key what was done before, unless one is required; GET needs none', async () => {
      const app = appOf()
      for (let n = 0; n < 2; n++) assert.equal((await send(app)).headers.get('idempotent-replayed'), null)
      assert.equal(await paid(), 2)
      const { status, body } = await send(appOf({ required: true }))
      assert.deepEqual([status, body.code], [400, 'IDEMPOTENCY_KEY_REQUIRED'])
      assert.equal((await app.request('/payments')).status, 200)
    })

    const keys = [
      { key: '""', why: 'empty' },
      { key: 'a b', why: 'a space' },
      { key: 'k'.repeat(256), why: 'longer than 255' },
    ]
    for (const { key, why } of keys) {
      it(`are refused where they are none: ${why}`, async () => {
        const { status, body } = await send(appOf(), { key })
        assert.deepEqual([status, body.code, await paid()], [400, 'BAD_IDEMPOTENCY_KEY', 0])
      })
    }

    it('are refused for another body, and belong to the case of their letters', async () => {
      const app = appOf()
      await send(app, { key: 'Key' })
      const { status, body } = await send(app, { key: 'Key', body: { cents: 6 } })
      assert.deepEqual([status, body.code], [422, 'IDEMPOTENCY_KEY_REUSED'])
      assert.equal((await send(app, { key: 'kEY', body: { cents: 6 } })).status, 201)
    })

    const token = (claims: object, signature: string): string =>
      `Bearer e30.${Buffer.from(JSON.stringify(claims)).toString('base64url')}.${signature}`
    const callers = [
      { why: 'two names and passwords', first: 'Basic YTpi', second: 'Basic YzpkZQ==', isSame: false },
      { why: 'two opaque tokens', first: 'Bearer one', second: 'Bearer two', isSame: false },
      {
        why: 'two subjects of tokens',
        first: token({ iss: 'i', sub: 'ann' }, 'x'),
        second: token({ iss: 'i', sub: 'bob' }, 'x'),
        isSame: false,
      },
      {
        why: 'a newer token of one subject',
        first: token({ iss: 'i', sub: 'ann', exp: 1 }, 'x'),
        second: token({ iss: 'i', sub: 'ann', exp: 2 }, 'y'),
        isSame: true,
      },
    ]
    for (const { why, first, second, isSame } of callers) {
      it(`belong to ${isSame ? 'one caller' : 'one caller alone'}: ${why}`, async () => {
        const app = appOf()
        const one = await send(app, { key: 'k', headers: { authorization: first } })
        const other = await send(app, { key: 'k', headers: { authorization: second } })
        assert.equal(one.body.id === other.body.id, isSame)
        assert.equal(await paid(), isSame ? 1 : 2)
      })
    }

    it('refuse a second request while the first is under way, and say when to come back', async () => {
      const [entered, gate] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const within = (): Promise<void> => {
        entered.resolve()
        return gate.promise
      }
      const first = send(appOf({}, { within }), { key: 'k' })
      await entered.promise
      const second = await send(appOf(), { key: 'k' })
      assert.deepEqual([second.status, second.body.code], [409, 'IDEMPOTENCY_IN_PROGRESS'])
      assert.equal(second.headers.get('retry-after'), '1')
      gate.resolve()
      assert.equal((await first).status, 201)
      assert.equal(await paid(), 1)
    })

    it('let others wait for the answer as long as they may', async () => {
      const app = appOf({ waitMs: 10_000 })
      const answers = await Promise.all(Array.from({ length: 8 }, () => send(app, { key: 'k' })))
      assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1)
      assert.equal(await paid(), 1)
    })

    const failures: { why: string; failure: ServiceError | number; isKept: boolean; leaves: number }[] = [
      { why: 'a refusal', failure: new ServiceError('NO_MONEY', 'no', { status: 402 }), isKept: true, leaves: 0 },
      { why: 'a failure of the server', failure: new ServiceError('BROKEN', 'no'), isKept: false, leaves: 1 },
      { why: 'an answer of 503', failure: 503, isKept: false, leaves: 1 },
      {
        why: 'one that may pass',
        failure: new ServiceError('BUSY', 'no', { status: 409, retryable: true }),
        isKept: false,
        leaves: 1,
      },
    ]
    for (const { why, failure, isKept, leaves } of failures) {
      it(`${isKept ? 'remember' : 'forget'} ${why}, whose effect is taken back`, async () => {
        const app = appOf({}, { fails: [failure] })
        const first = await send(app, { key: 'k' })
        assert.equal(await paid(), 0)
        const second = await send(app, { key: 'k' })
        assert.equal(second.status, isKept ? first.status : 201)
        if (isKept) assert.equal(second.body.code, first.body.code)
        assert.equal(second.headers.get('idempotent-replayed'), isKept ? 'true' : null)
        assert.equal(await paid(), leaves)
      })
    }

    it('remember nothing of a request that was not understood', async () => {
      const app = appOf()
      assert.equal((await send(app, { key: 'k', body: { cents: 'much' } })).status, 400)
      const { rows } = await sql<{ state: string }>`select state from genever_idempotency`.execute(db.query)
      assert.deepEqual(
        rows.map(({ state }) => state),
        ['running'],
      )
      assert.equal((await send(app, { key: 'k', body: { cents: 'much' } })).headers.get('idempotent-replayed'), null)
    })

    it('say of an answer that was too large to keep that the work was done', async () => {
      const app = appOf({ maxBodyBytes: 10 })
      assert.equal((await send(app, { key: 'k' })).status, 201)
      const { status, body } = await send(app, { key: 'k' })
      assert.deepEqual([status, body.code, body.answered, await paid()], [409, 'IDEMPOTENT_ANSWER_NOT_KEPT', 201, 1])
    })

    it('are new again after their retention', async () => {
      const app = appOf({ retentionMs: 0 })
      const first = await send(app, { key: 'k' })
      await sql.raw('update genever_idempotency set expires_ms = expires_ms - 1').execute(db.query)
      const second = await send(app, { key: 'k', body: { cents: 6 } })
      assert.deepEqual([second.status, second.body.id === first.body.id, await paid()], [201, false, 2])
    })

    it('take back the effect of an attempt that slept beyond its lease', async () => {
      const takeOver = sql.raw("update genever_idempotency set owner = 'another', attempt = 2")
      const app = appOf({}, { within: () => takeOver.execute(db.query) })
      const { status, body } = await send(app, { key: 'k' })
      assert.deepEqual([status, body.code, await paid()], [409, 'IDEMPOTENCY_TAKEN_OVER', 0])
    })

    describe('and a process that is killed', () => {
      const deaths = [
        { where: 'in', at: 'after the effect', replayed: null, attempt: 2, why: 'nothing was committed' },
        { where: 'in', at: 'after the commit', replayed: 'true', attempt: 1, why: 'its answer was committed with it' },
        { where: 'beside', at: 'after the effect', replayed: null, attempt: 2, why: 'it knows its effect by the id' },
      ]
      for (const { where, at, replayed, attempt, why } of deaths) {
        it(`${at}, ${where === 'in' ? 'in the transaction' : 'without one'}: one effect, ${why}`, async () => {
          const doomed = await startPayments(url(), where)
          await assert.rejects(doomed.pay({ 'x-die': at }))
          await doomed.exited
          const heir = await startPayments(url(), where)
          try {
            const answer = await whenFree(() => heir.pay({}))
            assert.deepEqual(
              [answer.status, answer.body.attempt, answer.headers.get('idempotent-replayed')],
              [201, attempt, replayed],
            )
            assert.equal(await paid(), 1)
          } finally {
            await heir.stop()
          }
        })
      }
    })
  })
}

/** Asks again as long as another attempt seems to be under way. */
async function whenFree(ask: () => Promise<Outcome>): Promise<Outcome> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const outcome = await ask()
    if (outcome.status !== 409) return outcome
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  throw new Error('its lease did not end')
}

interface Payments {
  pay(headers: Record<string, string>): Promise<Outcome>
  readonly exited: Promise<unknown>
  stop(): Promise<void>
}

async function startPayments(databaseUrl: string, where: string): Promise<Payments> {
  const child: ChildProcess = spawn(process.execPath, [program, databaseUrl, '1000', where], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const exited = once(child, 'exit')
  const port = await Promise.race([
    once(child.stdout as NodeJS.ReadableStream, 'data').then(([text]) => Number(String(text))),
    exited.then(() => Promise.reject(new Error('the service did not start'))),
  ])
  return {
    exited,
    async pay(headers) {
      const answer = await fetch(`http://127.0.0.1:${port}/payments`, {
        method: 'POST',
        headers: { 'idempotency-key': 'k', ...headers },
        body: '{}',
      })
      return { status: answer.status, body: (await answer.json()) as Record<string, unknown>, headers: answer.headers }
    },
    async stop() {
      child.kill('SIGKILL')
      await exited
    },
  }
}
