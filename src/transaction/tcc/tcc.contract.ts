/** What Try, Confirm, Cancel must do on every database. */
import assert from 'node:assert/strict'
import { after, before, beforeEach, describe, it } from 'node:test'
import { sql } from 'kysely'
import { z } from 'zod'
import type { Database } from '../../database/database.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { SagaCoordinator } from '../saga/coordinator.ts'
import type { AnySaga } from '../saga/saga.ts'
import { Reservations } from './reservations.ts'
import { reservationOf, tcc } from './tcc.ts'

export interface TccDatabase {
  readonly name: string
  open(): Promise<Database>
  close(database: Database): Promise<void>
}

export function describeTcc({ name, open, close }: TccDatabase): void {
  describe(`${name}: try, confirm, cancel`, () => {
    let db: Database
    let reservations: Reservations
    before(async () => {
      db = await open()
      reservations = new Reservations({ database: db })
      await db.start()
      await sql
        .raw('create table stock (id integer primary key, free integer not null, held integer not null)')
        .execute(db.query)
    })
    after(() => close(db))
    beforeEach(async () => {
      for (const table of ['stock', 'genever_reservation']) await sql.raw(`delete from ${table}`).execute(db.query)
      await sql.raw('insert into stock values (1, 10, 0)').execute(db.query)
    })

    const run = async (text: string): Promise<void> => void (await sql.raw(text).execute(db.query))
    const hold = (): Promise<void> => run('update stock set free = free - 1, held = held + 1')
    const take = (): Promise<void> => run('update stock set held = held - 1')
    const giveBack = (): Promise<void> => run('update stock set free = free + 1, held = held - 1')
    const stock = async (): Promise<number[]> => {
      const { rows } = await sql<{ free: number; held: number }>`select free, held from stock`.execute(db.query)
      return [Number(rows[0]?.free), Number(rows[0]?.held)]
    }

    const orders: { calls: ('try' | 'confirm' | 'cancel')[]; ends: number[]; fails?: string; why: string }[] = [
      { calls: ['try', 'try'], ends: [9, 1], why: 'a try that is repeated' },
      { calls: ['try', 'confirm', 'confirm'], ends: [9, 0], why: 'a confirmation that is repeated' },
      { calls: ['try', 'cancel', 'cancel'], ends: [10, 0], why: 'a cancellation that is repeated' },
      { calls: ['cancel'], ends: [10, 0], why: 'a cancellation of what was never tried' },
      {
        calls: ['cancel', 'try'],
        ends: [10, 0],
        fails: 'RESERVATION_CANCELLED',
        why: 'a try that comes after its cancellation',
      },
      {
        calls: ['confirm'],
        ends: [10, 0],
        fails: 'RESERVATION_NOT_FOUND',
        why: 'a confirmation of what was never tried',
      },
      {
        calls: ['try', 'confirm', 'cancel'],
        ends: [9, 0],
        fails: 'RESERVATION_CONFIRMED',
        why: 'a cancellation after the confirmation',
      },
      {
        calls: ['try', 'cancel', 'confirm'],
        ends: [10, 0],
        fails: 'RESERVATION_CANCELLED',
        why: 'a confirmation after the cancellation',
      },
      { calls: ['try', 'confirm', 'try'], ends: [9, 0], why: 'a try that comes again after all' },
    ]
    for (const { calls, ends, fails, why } of orders) {
      it(`has each effect once for ${why}`, async () => {
        const codes: string[] = []
        for (const call of calls) {
          const done = {
            try: () => reservations.try('r1', {}, hold),
            confirm: () => reservations.confirm('r1', take),
            cancel: () => reservations.cancel('r1', giveBack),
          }[call]()
          await done.catch((error: unknown) => codes.push(error instanceof ServiceError ? error.code : String(error)))
        }
        assert.deepEqual(await stock(), ends)
        assert.deepEqual(codes, fails === undefined ? [] : [fails])
      })
    }

    it('has its effect once for calls that come at the same time', async () => {
      await Promise.all([1, 2, 3].map(() => reservations.try('r1', {}, hold)))
      assert.deepEqual(await stock(), [9, 1])
      await Promise.all([1, 2, 3].map(() => reservations.cancel('r1', giveBack)))
      assert.deepEqual(await stock(), [10, 0])
    })

    it('gives back what has expired, with what was reserved, and refuses its confirmation', async () => {
      await reservations.try('short', { amount: 1 }, hold, { expiresMs: 1 })
      await reservations.try('long', { amount: 2 }, hold, { expiresMs: 60_000 })
      await new Promise((resolve) => setTimeout(resolve, 20))
      const amounts: number[] = []
      const count = await reservations.expire<{ amount: number }>(async ({ amount }) => {
        amounts.push(amount)
        await giveBack()
      })
      assert.deepEqual([count, amounts], [1, [1]])
      assert.deepEqual(await stock(), [9, 1])
      await assert.rejects(reservations.confirm('short', take), { code: 'RESERVATION_CANCELLED' })
    })

    const withCoordinator = async (saga: AnySaga, work: (sagas: SagaCoordinator) => Promise<void>): Promise<void> => {
      const sagas = new SagaCoordinator({ database: db, sagas: [saga], pollMs: 20 })
      await sagas.start()
      try {
        await work(sagas)
      } finally {
        await sagas.drain(AbortSignal.timeout(2_000))
      }
    }
    const participants = (wallet: { refuses?: boolean; confirmFails?: number }) => {
      let failures = wallet.confirmFails ?? 0
      return {
        stock: {
          try: (saga: Parameters<typeof reservationOf>[0]) => reservations.try(reservationOf(saga), {}, hold),
          confirm: (saga: Parameters<typeof reservationOf>[0]) => reservations.confirm(reservationOf(saga), take),
          cancel: (saga: Parameters<typeof reservationOf>[0]) => reservations.cancel(reservationOf(saga), giveBack),
        },
        wallet: {
          retry: { attempts: 2, baseDelayMs: 1 },
          try() {
            if (wallet.refuses === true) throw new ServiceError('NO_MONEY', 'There is no money.', { status: 402 })
          },
          confirm() {
            if (failures-- > 0) throw new ServiceError('GONE', 'It says that it cannot, and it must.', { status: 410 })
          },
          cancel: () => undefined,
        },
      }
    }

    it('confirms all when all have reserved, however often it must be tried', async () => {
      const buy = tcc('buy', { input: z.object({}), participants: participants({ confirmFails: 6 }) })
      await withCoordinator(buy, async (sagas) => {
        assert.equal((await sagas.outcome(await sagas.begin(buy, {}))).status, 'done')
        assert.deepEqual(await stock(), [9, 0])
      })
    })

    it('cancels all when one refuses', async () => {
      const buy = tcc('buy', { input: z.object({}), participants: participants({ refuses: true }) })
      await withCoordinator(buy, async (sagas) => {
        const { status, error } = await sagas.outcome(await sagas.begin(buy, {}))
        assert.deepEqual([status, error?.code], ['compensated', 'NO_MONEY'])
        assert.deepEqual(await stock(), [10, 0])
      })
    })

    it('does not undo what is being confirmed, whoever asks for it', async () => {
      const gate = Promise.withResolvers<void>()
      const begun = Promise.withResolvers<void>()
      const parts = participants({})
      const slow = {
        ...parts,
        wallet: {
          ...parts.wallet,
          async confirm() {
            begun.resolve()
            await gate.promise
          },
        },
      }
      const buy = tcc('buy', { input: z.object({}), timeoutMs: 80, participants: slow })
      await withCoordinator(buy, async (sagas) => {
        const id = await sagas.begin(buy, {})
        await begun.promise
        await sagas.cancel(id)
        await new Promise((resolve) => setTimeout(resolve, 150))
        gate.resolve()
        assert.equal((await sagas.outcome(id)).status, 'done')
        assert.deepEqual(await stock(), [9, 0])
      })
    })
  })
}
