/** The sagas under test: one that ends well, and one whose payment is refused. */
import { z } from 'zod'
import type { Database } from '../../../src/database/database.ts'
import { ServiceError } from '../../../src/foundation/errors/service-error.ts'
import type { AnySaga, Results, SagaContext } from '../../../src/transaction/saga/saga.ts'
import { defineSaga, type Saga } from '../../../src/transaction/saga/saga.ts'
import { type Balances, type EffectFacts, makeEffect, move, type Transfer, undoEffect } from './ledger.ts'

const reserve: Transfer = { from: 'stock', to: 'reserved', amount: 1 }
const book: Transfer = { from: 'unbooked', to: 'booked', amount: 1 }
const pay: Transfer = { from: 'customer', to: 'merchant', amount: 10 }
const ship: Transfer = { from: 'reserved', to: 'shipped', amount: 1 }

export const steps = ['reserve', 'book', 'pay', 'ship'] as const

const nothing: Balances = { stock: 0, reserved: 0, shipped: 0, customer: 0, merchant: 0, booked: 0, unbooked: 0 }
export const ends: Readonly<Record<'done' | 'compensated', Balances>> = {
  done: { stock: -1, reserved: 0, shipped: 1, customer: -10, merchant: 10, booked: 1, unbooked: -1 },
  compensated: nothing,
}

export interface CheckoutParts {
  readonly db: Database
  readonly isRefused: boolean
  readonly isNaive: boolean
}

export function checkout({ db, isRefused, isNaive }: CheckoutParts): Saga<{ n: number }> & AnySaga {
  const retry = { attempts: 20, baseDelayMs: 5, maxDelayMs: 50 }
  const facts = ({ sagaId, key, token }: SagaContext<unknown, Results>): EffectFacts => ({
    sagaId,
    key,
    token,
    isNaive,
  })
  const effect = (name: string, transfer: Transfer) => ({
    retry,
    run: (saga: SagaContext<{ n: number }, Results>) => makeEffect(db, transfer, facts(saga)),
    compensate: (saga: SagaContext<{ n: number }, Results>) =>
      undoEffect(db, transfer, { ...facts(saga), runKey: `${saga.sagaId}:${name}` }),
  })
  return defineSaga(isRefused ? 'refused' : 'checkout', { input: z.object({ n: z.int() }) })
    .step('reserve', effect('reserve', reserve))
    .local('book', {
      retry,
      run: () => move(db, book),
      compensate: () => move(db, { from: book.to, to: book.from, amount: book.amount }),
    })
    .step('pay', {
      ...effect('pay', pay),
      async run(saga) {
        if (isRefused) throw new ServiceError('CARD_REFUSED', 'The card was refused.', { status: 402 })
        await makeEffect(db, pay, facts(saga))
      },
    })
    .step('ship', effect('ship', ship)) as unknown as Saga<{ n: number }> & AnySaga
}
