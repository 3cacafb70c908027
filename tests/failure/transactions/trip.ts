/** Try, Confirm, Cancel under test: a trip of which seat and money are reserved first, and one whose money is refused. */
import { z } from 'zod'
import type { Database } from '../../../src/database/database.ts'
import { ServiceError } from '../../../src/foundation/errors/service-error.ts'
import type { AnySaga, Saga } from '../../../src/transaction/saga/saga.ts'
import { Reservations } from '../../../src/transaction/tcc/reservations.ts'
import { reservationOf, type TccParticipant, tcc } from '../../../src/transaction/tcc/tcc.ts'
import { type Balances, move, type Transfer } from './ledger.ts'

export const parts = ['seat', 'money'] as const

const nothing: Balances = { stock: 0, reserved: 0, shipped: 0, customer: 0, merchant: 0, booked: 0, unbooked: 0 }
export const tripEnds: Readonly<Record<'done' | 'compensated', Balances>> = {
  done: { ...nothing, stock: -1, shipped: 1, customer: -10, merchant: 10 },
  compensated: nothing,
}

export interface TripParts {
  readonly db: Database
  readonly isRefused: boolean
  readonly isNaive: boolean
}

export function trip({ db, isRefused, isNaive }: TripParts): Saga<{ n: number }> & AnySaga {
  const reservations = new Reservations({ database: db })
  const participant = (held: Transfer, taken: Transfer, isRefusing = false): TccParticipant<{ n: number }> => {
    const give = (): Promise<void> => move(db, { from: held.to, to: held.from, amount: held.amount })
    return {
      retry: { attempts: 20, baseDelayMs: 5, maxDelayMs: 50 },
      async try(saga) {
        if (isRefusing) throw new ServiceError('CARD_REFUSED', 'The card was refused.', { status: 402 })
        if (isNaive) await db.transaction(() => move(db, held))
        else await reservations.try(reservationOf(saga), null, () => move(db, held))
      },
      async confirm(saga) {
        if (isNaive) await db.transaction(() => move(db, taken))
        else await reservations.confirm(reservationOf(saga), () => move(db, taken))
      },
      async cancel(saga) {
        if (isNaive) await db.transaction(give)
        else await reservations.cancel(reservationOf(saga), give)
      },
    }
  }
  return tcc(isRefused ? 'refused-trip' : 'trip', {
    input: z.object({ n: z.int() }),
    participants: {
      seat: participant({ from: 'stock', to: 'reserved', amount: 1 }, { from: 'reserved', to: 'shipped', amount: 1 }),
      money: participant(
        { from: 'customer', to: 'booked', amount: 10 },
        { from: 'booked', to: 'merchant', amount: 10 },
        isRefused,
      ),
    },
  }) as unknown as Saga<{ n: number }> & AnySaga
}
