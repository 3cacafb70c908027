/** What the campaign runs, by name: its definition, its boundaries, and what the ledger is when it is over. */
import type { Database } from '../../../src/database/database.ts'
import type { AnySaga, Saga } from '../../../src/transaction/saga/saga.ts'
import { checkout, ends, steps } from './checkout.ts'
import type { Balances } from './ledger.ts'
import { parts, trip, tripEnds } from './trip.ts'

export type SagaName = 'checkout' | 'refused' | 'trip' | 'refused-trip'

interface SagaUnderTest {
  make(db: Database, isNaive: boolean): Saga<{ n: number }> & AnySaga
  readonly ends: Readonly<Record<'done' | 'compensated', Balances>>
  /** `step:direction:point`. What it never reaches is left out. */
  readonly boundaries: readonly string[]
}

export const sagasUnderTest: Readonly<Record<SagaName, SagaUnderTest>> = {
  checkout: {
    make: (db, isNaive) => checkout({ db, isRefused: false, isNaive }),
    ends,
    boundaries: boundariesOf(steps, 'run'),
  },
  refused: {
    make: (db, isNaive) => checkout({ db, isRefused: true, isNaive }),
    ends,
    boundaries: [...boundariesOf(steps.slice(0, 3), 'run'), ...boundariesOf(['pay', 'book', 'reserve'], 'undo')],
  },
  trip: {
    make: (db, isNaive) => trip({ db, isRefused: false, isNaive }),
    ends: tripEnds,
    boundaries: boundariesOf([...parts, ...parts.map((part) => `${part}-confirm`)], 'run'),
  },
  'refused-trip': {
    make: (db, isNaive) => trip({ db, isRefused: true, isNaive }),
    ends: tripEnds,
    boundaries: [...boundariesOf(parts, 'run'), ...boundariesOf(parts, 'undo')],
  },
}

function boundariesOf(names: readonly string[], direction: 'run' | 'undo'): string[] {
  return names.flatMap((name) => ['before', 'persisted', 'effect'].map((moment) => `${name}:${direction}:${moment}`))
}
