/** partTables: the tables of every part of the framework that keeps something in a user's database, by the name of the part. */
import type { TableSet } from '../../database/table-set.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import { idempotencyTables } from '../../idempotency/idempotency-tables.ts'
import { inboxTables, outboxTables } from '../../outbox/outbox-tables.ts'
import { scheduleTables } from '../../schedule/schedule-tables.ts'
import { fenceTables, reservationTables, sagaTables, twoPhaseTables } from '../../transaction/transaction-tables.ts'

const known: ReadonlyMap<string, TableSet> = new Map(
  [
    outboxTables,
    inboxTables,
    idempotencyTables,
    sagaTables,
    fenceTables,
    reservationTables,
    twoPhaseTables,
    scheduleTables,
  ].map((tables) => [tables.part, tables]),
)

/** By their names. @throws ServiceError `UNKNOWN_PART` */
export function partTables(names: readonly string[]): TableSet[] {
  return names.map((name) => {
    const tables = known.get(name)
    if (tables !== undefined) return tables
    throw new ServiceError(
      'UNKNOWN_PART',
      `There is no part '${name.slice(0, 60)}' that keeps something in a database; there are ${[...known.keys()].join(', ')}.`,
    )
  })
}

/** Of names from a ledger: those that this version knows. */
export function knownParts(names: readonly string[]): TableSet[] {
  return [...known.values()].filter(({ part }) => names.includes(part))
}
