/** What sagas must do on every database. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import { Context, currentContext } from '../../foundation/context/context.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { fenceContract } from '../../lock/fence.contract.ts'
import { noopTracer } from '../../telemetry/noop-tracer.ts'
import { currentSpan, type TraceContext, type Tracer } from '../../telemetry/tracer.ts'
import { fenceTables, sagaTables } from '../transaction-tables.ts'
import { SagaCoordinator, type SagaCoordinatorOptions } from './coordinator.ts'
import { Fences } from './fences.ts'
import { replay } from './replay.ts'
import { defineSaga } from './saga.ts'

export interface SagaDatabase {
  readonly name: string
  open(): Promise<Database>
  close(database: Database): Promise<void>
}

const refused = (): ServiceError => new ServiceError('CARD_REFUSED', 'The card was refused.', { status: 402 })

export function describeSagas({ name, open, close }: SagaDatabase): void {
  describe(`${name}: sagas`, () => {
    let db: Database
    before(async () => {
      db = await open()
      await sql.raw('create table ledger (step varchar(40) primary key, n integer not null)').execute(db.query)
      await sql
        .raw('create table fenced (resource varchar(80) primary key, word varchar(20) not null)')
        .execute(db.query)
      for (const tables of [sagaTables, fenceTables]) db.needs(tables)
      await db.start()
    })
    after(() => close(db))
    beforeEach(async () => {
      await sql.raw('delete from ledger').execute(db.query)
      await sql.raw('delete from genever_saga').execute(db.query)
    })

    fenceContract(`${name}: what a saga writes to`, () => ({
      write: (claim, word) =>
        db.transaction(async () => {
          await new Fences({ database: db }).check(claim)
          await sql`delete from fenced where resource = ${claim.resource}`.execute(db.query)
          await sql`insert into fenced values (${claim.resource}, ${word})`.execute(db.query)
        }),
      async read(resource) {
        const { rows } = await sql<{ word: string }>`select word from fenced where resource = ${resource}`.execute(
          db.query,
        )
        return rows[0]?.word
      },
    }))

    it('checks a fence inside of a transaction only', async () => {
      const check = new Fences({ database: db }).check({ resource: 'a', token: 1 })
      await assert.rejects(check, { code: 'FENCE_WITHOUT_TRANSACTION' })
    })

    const withCoordinator = async (
      options: Omit<SagaCoordinatorOptions, 'database'>,
      work: (sagas: SagaCoordinator) => Promise<void>,
    ): Promise<void> => {
      const sagas = new SagaCoordinator({ database: db, pollMs: 20, leaseMs: 1_000, ...options })
      await sagas.start()
      try {
        await work(sagas)
      } finally {
        await sagas.drain(AbortSignal.timeout(5_000))
      }
    }
    const quick = { baseDelayMs: 1, attempts: 3 }
    const Input = z.object({ order: z.string() })

    it('runs its steps in order, and gives each what the ones before gave', async () => {
      const told: string[] = []
      const checkout = defineSaga('checkout', { input: Input })
        .step('reserve', { run: ({ input }) => ({ reservation: `r-${input.order}` }) })
        .step('pay', {
          run({ results }) {
            told.push(results.reserve.reservation)
            return 42
          },
        })
        .step('ship', {
          run({ results }) {
            const amount: number = results.pay
            told.push(String(amount))
          },
        })
      await withCoordinator({ sagas: [checkout] }, async (sagas) => {
        const id = await sagas.begin(checkout, { order: 'a1' })
        const { status, results } = await sagas.outcome(id)
        assert.equal(status, 'done')
        assert.deepEqual({ ...results }, { reserve: { reservation: 'r-a1' }, pay: 42, ship: undefined })
        assert.deepEqual(told, ['r-a1', '42'])
      })
    })

    it('undoes in reverse what was done when a step fails for good', async () => {
      const told: string[] = []
      const checkout = defineSaga('checkout', { input: Input })
        .step('reserve', { run: () => 'r1', compensate: ({ output }) => void told.push(`undo reserve ${output}`) })
        .step('pack', { run: () => undefined })
        .step('pay', {
          run() {
            throw refused()
          },
          compensate: ({ output, error }) => void told.push(`undo pay ${output}, ${error.code}: ${error.reason}`),
        })
        .step('ship', { run: () => void told.push('never') })
      await withCoordinator({ sagas: [checkout] }, async (sagas) => {
        const id = await sagas.begin(checkout, { order: 'a1' })
        const { status, error } = await sagas.outcome(id)
        assert.equal(status, 'compensated')
        assert.equal(error?.code, 'CARD_REFUSED')
        assert.deepEqual(told, ['undo pay undefined, CARD_REFUSED: The card was refused.', 'undo reserve r1'])
      })
    })

    it('runs its steps in the trace of whoever began it, in whichever process', async () => {
      const parents: (TraceContext | undefined)[] = []
      const tracer: Tracer = {
        start(name, options) {
          parents.push(options?.parent)
          return noopTracer.start(name, options)
        },
      }
      const seen: string[] = []
      const one = defineSaga('traced', { input: Input }).step('call', {
        run: () => void seen.push(currentContext()?.get(currentSpan)?.context.traceId ?? ''),
      })
      const begun = noopTracer.start('POST /orders', { isRoot: true }).context
      await new Context().set(currentSpan, noopTracer.start('begin', { parent: begun })).run(async () => {
        await new SagaCoordinator({ database: db, sagas: [one] }).begin(one, { order: 'a1' }, { id: 'traced' })
      })
      await withCoordinator({ sagas: [one], tracer }, async (sagas) => {
        assert.equal((await sagas.outcome('traced')).status, 'done')
      })
      assert.deepEqual([seen, parents.map((parent) => parent?.traceId)], [[begun.traceId], [begun.traceId]])
    })

    it('tries a step again with the same key, and gives up after its attempts', async () => {
      const keys: string[] = []
      const flaky = defineSaga('flaky', { input: Input }).step('call', {
        retry: quick,
        run({ key, attempt }) {
          keys.push(key)
          if (attempt < 3) throw new Error('not now')
        },
      })
      const broken = defineSaga('broken', { input: Input }).step('call', {
        retry: quick,
        run({ key }) {
          keys.push(key)
          throw new Error('never')
        },
      })
      await withCoordinator({ sagas: [flaky, broken] }, async (sagas) => {
        const id = await sagas.begin(flaky, { order: 'a1' })
        assert.equal((await sagas.outcome(id)).status, 'done')
        assert.deepEqual(keys, Array(3).fill(`${id}:call`))
        const other = await sagas.begin(broken, { order: 'a1' })
        assert.equal((await sagas.outcome(other)).status, 'compensated')
        assert.equal(keys.length, 6)
      })
    })

    it('undoes until it succeeds', async () => {
      let attempts = 0
      const stubborn = defineSaga('stubborn', { input: Input })
        .step('reserve', {
          retry: { attempts: 1, baseDelayMs: 1 },
          run: () => 1,
          compensate() {
            if (++attempts < 8) throw new Error('not now')
          },
        })
        .step('pay', {
          run() {
            throw refused()
          },
        })
      await withCoordinator({ sagas: [stubborn] }, async (sagas) => {
        const id = await sagas.begin(stubborn, { order: 'a1' })
        assert.equal((await sagas.outcome(id)).status, 'compensated')
        assert.equal(attempts, 8)
      })
    })

    it('commits a local step together with its end, or takes it back', async () => {
      let fails = true
      const local = defineSaga('local', { input: Input })
        .local('book', {
          retry: quick,
          async run() {
            await sql.raw("insert into ledger values ('book', 1)").execute(db.query)
            if (fails) {
              fails = false
              throw new Error('after the insert')
            }
          },
          async compensate() {
            await sql.raw("insert into ledger values ('unbook', 1)").execute(db.query)
          },
        })
        .step('pay', {
          run() {
            throw refused()
          },
        })
      await withCoordinator({ sagas: [local] }, async (sagas) => {
        const id = await sagas.begin(local, { order: 'a1' })
        assert.equal((await sagas.outcome(id)).status, 'compensated')
        const { rows } = await sql<{ step: string }>`select step from ledger order by step`.execute(db.query)
        assert.deepEqual(
          rows.map(({ step }) => step),
          ['book', 'unbook'],
        )
      })
    })

    it('runs steps of one stage at once, and the next stage after all of them', async () => {
      const gate = Promise.withResolvers<void>()
      let begun = 0
      const both = async (): Promise<number> => {
        if (++begun === 2) gate.resolve()
        await gate.promise
        return begun
      }
      const wide = defineSaga('wide', { input: Input })
        .parallel({ left: { run: both }, right: { run: both } })
        .step('after', { run: ({ results }) => results.left + results.right })
      await withCoordinator({ sagas: [wide] }, async (sagas) => {
        const { results } = await sagas.outcome(await sagas.begin(wide, { order: 'a1' }))
        assert.equal(results.after, 4)
      })
    })

    it('begins with the transaction that begins it, and not without it', async () => {
      const told: string[] = []
      const one = defineSaga('one', { input: Input }).step('tell', { run: ({ input }) => void told.push(input.order) })
      await withCoordinator({ sagas: [one] }, async (sagas) => {
        await db
          .transaction(async () => {
            await sagas.begin(one, { order: 'taken back' })
            throw new Error('no')
          })
          .catch(() => undefined)
        const id = await db.transaction(() => sagas.begin(one, { order: 'kept' }))
        await sagas.outcome(id)
        assert.deepEqual(told, ['kept'])
      })
    })

    it('begins nothing twice under one id', async () => {
      let runs = 0
      const one = defineSaga('one', { input: Input }).step('count', { run: () => ++runs })
      await withCoordinator({ sagas: [one] }, async (sagas) => {
        await Promise.all([1, 2, 3].map(() => sagas.begin(one, { order: 'a1' }, { id: 'same' })))
        await sagas.outcome('same')
        await sagas.begin(one, { order: 'a1' }, { id: 'same' })
        assert.equal(runs, 1)
      })
    })

    it('goes on when the request is over that began it', async () => {
      const over = Promise.withResolvers<void>()
      const checkout = defineSaga('checkout', { input: Input })
        .step('wait', { run: () => over.promise })
        .step('ship', { run: () => 'shipped' })
      await withCoordinator({ sagas: [checkout], leaseMs: 60_000 }, async (sagas) => {
        const request = new Context()
        const id = await request.run(() => db.transaction(() => sagas.begin(checkout, { order: 'a1' })))
        request.cancel(new ServiceError('DEADLINE_EXCEEDED', 'too late', { status: 504 }))
        over.resolve()
        const { results } = await new Context({ timeoutMs: 5_000 }).run(() => sagas.outcome(id))
        assert.equal(results.ship, 'shipped')
      })
    })

    it('undoes what is cancelled, and what is not done in time', async () => {
      const undone: string[] = []
      const never = (): Promise<void> => new Promise(() => undefined)
      const reserved = Promise.withResolvers<void>()
      const slow = defineSaga('slow', { input: Input })
        .step('reserve', { run: () => reserved.resolve(), compensate: ({ input }) => void undone.push(input.order) })
        .step('wait', { run: never, timeoutMs: 30, retry: { attempts: 1_000, baseDelayMs: 1 } })
      const late = defineSaga('late', { input: Input, timeoutMs: 1_000 })
        .step('reserve', { run: () => 1, compensate: ({ input }) => void undone.push(input.order) })
        .step('wait', { run: never, timeoutMs: 30, retry: { attempts: 1_000, baseDelayMs: 1 } })
      await withCoordinator({ sagas: [slow, late] }, async (sagas) => {
        const id = await sagas.begin(slow, { order: 'cancelled' })
        await reserved.promise
        assert.equal(await sagas.cancel(id), true)
        assert.equal((await sagas.outcome(id)).error?.code, 'SAGA_CANCELLED')
        assert.equal(await sagas.cancel(id), false)
        const other = await sagas.begin(late, { order: 'late' })
        assert.equal((await sagas.outcome(other)).error?.code, 'DEADLINE_EXCEEDED')
        assert.deepEqual(undone, ['cancelled', 'late'])
      })
    })

    it('goes on in another process where the first one ended, with a larger token', async () => {
      const tokens: number[] = []
      const gate = Promise.withResolvers<void>()
      let isHeld = true
      const two = defineSaga('two', { input: Input })
        .step('first', { run: ({ token }) => void tokens.push(token) })
        .step('second', {
          async run({ token }) {
            tokens.push(token)
            if (isHeld) await gate.promise
          },
        })
      // Its lease runs out, since nobody renews it: as if its process had been stopped.
      const frozen = new SagaCoordinator({ database: db, sagas: [two], leaseMs: 150, pollMs: 60_000 })
      await frozen.start()
      const id = await frozen.begin(two, { order: 'a1' })
      await until(() => tokens.length === 2)
      isHeld = false
      await withCoordinator({ sagas: [two] }, async (sagas) => {
        assert.equal((await sagas.outcome(id)).status, 'done')
      })
      gate.resolve()
      await frozen.drain(AbortSignal.timeout(2_000))
      assert.deepEqual(tokens, [1, 1, 2])
      assert.equal((await frozen.find(id))?.status, 'done')
    })

    it('takes back the local effect of a process that slept beyond its lease', async () => {
      const gate = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      let isHeld = true
      const local = defineSaga('local', { input: Input }).local('book', {
        async run() {
          if (isHeld) {
            begun.resolve()
            await gate.promise
          }
          await sql.raw("insert into ledger values ('book', 1)").execute(db.query)
        },
      })
      const frozen = new SagaCoordinator({ database: db, sagas: [local], leaseMs: 150, pollMs: 60_000 })
      await frozen.start()
      // On SQLite a waiting transaction would hold the one writer: the other process could not go on.
      if (db.dialect === 'sqlite') isHeld = false
      const id = await frozen.begin(local, { order: 'a1' })
      if (isHeld) {
        await begun.promise
        isHeld = false
      }
      await withCoordinator({ sagas: [local] }, async (sagas) => {
        assert.equal((await sagas.outcome(id)).status, 'done')
      })
      gate.resolve()
      await frozen.drain(AbortSignal.timeout(2_000))
      const { rows } = await sql<{ n: number }>`select n from ledger`.execute(db.query)
      assert.equal(rows.length, 1)
    })

    it('goes on with an instance whose lease ran out while it ran here, and never takes it from itself', async () => {
      const tokens: number[] = []
      const slow = defineSaga('slow', { input: Input })
        .step('wait', {
          async run({ token }) {
            tokens.push(token)
            await sql.raw('update genever_saga set lease_until_ms = 0').execute(db.query)
            await new Promise((resolve) => setTimeout(resolve, 150))
          },
        })
        .step('end', { run: ({ token }) => void tokens.push(token) })
      await withCoordinator({ sagas: [slow] }, async (sagas) => {
        assert.equal((await sagas.outcome(await sagas.begin(slow, { order: 'a1' }))).status, 'done')
        assert.deepEqual(tokens, [1, 1])
      })
    })

    it('runs more instances than may run at once', async () => {
      let runs = 0
      const one = defineSaga('one', { input: Input }).step('count', { run: () => void runs++ })
      await withCoordinator({ sagas: [one], concurrency: 2 }, async (sagas) => {
        const ids = await Promise.all(Array.from({ length: 12 }, () => sagas.begin(one, { order: 'a1' })))
        for (const id of ids) assert.equal((await sagas.outcome(id)).status, 'done')
        assert.equal(runs, 12)
      })
    })

    it('leaves instances of a version alone that it does not know', async () => {
      const told: string[] = []
      const first = defineSaga('v', { input: Input }).step('old', { run: () => void told.push('old') })
      const second = defineSaga('v', { input: Input, version: 2 }).step('new', { run: () => void told.push('new') })
      const idle = new SagaCoordinator({ database: db, sagas: [first] })
      const id = await idle.begin(first, { order: 'a1' })
      await withCoordinator({ sagas: [second] }, async (sagas) => {
        await sagas.outcome(await sagas.begin(second, { order: 'a2' }))
        assert.equal((await sagas.find(id))?.status, 'running')
      })
      await withCoordinator({ sagas: [first, second] }, async (sagas) => void (await sagas.outcome(id)))
      assert.deepEqual(told, ['new', 'old'])
    })

    it('replays what was recorded, and tells a definition that decides otherwise', async () => {
      const checkout = defineSaga('checkout', { input: Input })
        .step('reserve', { run: () => 1, compensate: () => undefined })
        .step('pay', {
          run() {
            throw refused()
          },
        })
      await withCoordinator({ sagas: [checkout] }, async (sagas) => {
        const id = await sagas.begin(checkout, { order: 'a1' })
        await sagas.outcome(id)
        const history = (await sagas.find(id))?.history ?? []
        assert.deepEqual(
          history.map(({ kind }) => kind),
          ['begun', 'done', 'begun', 'failed', 'turned', 'undo begun', 'undone'],
        )
        replay(checkout, history)
        const changed = defineSaga('checkout', { input: Input })
          .step('pay', { run: () => 1 })
          .step('reserve', { run: () => 1 })
        assert.throws(() => replay(changed, history), { code: 'SAGA_CHANGED' })
      })
    })

    it('refuses input that the schema does not want, and a saga that it was not given', async () => {
      const one = defineSaga('one', { input: Input })
      await withCoordinator({ sagas: [one] }, async (sagas) => {
        await assert.rejects(sagas.begin(one, { order: 7 } as never), { code: 'BAD_SAGA_INPUT' })
        await assert.rejects(sagas.begin(defineSaga('other', { input: Input }), { order: 'a' }), {
          code: 'UNKNOWN_SAGA',
        })
        await assert.rejects(sagas.outcome('nobody'), { code: 'SAGA_NOT_FOUND' })
      })
    })
  })
}

async function until(condition: () => boolean): Promise<void> {
  const startedMs = performance.now()
  while (!condition()) {
    assert.ok(performance.now() - startedMs < 5_000, 'it did not happen')
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}
