/**
 * Transactions over more than one database.
 *
 *   saga        steps that can be made undone ─▶ all done │ all compensated
 *   tcc         parts that can reserve ─▶ all confirmed │ all cancelled
 *   two-phase   databases that can keep a transaction in doubt ─▶ all committed │ all rolled back
 */
export {
  type SagaBoundary,
  SagaCoordinator,
  type SagaCoordinatorOptions,
  type SagaCount,
  type SagaOutcome,
  type SagaQuery,
} from './saga/coordinator.ts'
export { Fences } from './saga/fences.ts'
export type { History, HistoryEntry, SagaStatus } from './saga/history.ts'
export { replay } from './saga/replay.ts'
export {
  type CompensationContext,
  defineSaga,
  Saga,
  type SagaContext,
  type SagaError,
  type SagaOptions,
  type SagaStep,
  type StepRetry,
} from './saga/saga.ts'
export type { StoredSaga } from './saga/stored-saga.ts'
export { type SagaTrouble, troubleOf } from './saga/trouble.ts'
export { type ReservationOptions, Reservations } from './tcc/reservations.ts'
export { reservationOf, type TccOptions, type TccParticipant, tcc } from './tcc/tcc.ts'
export { fenceTables, reservationTables, sagaTables, twoPhaseTables } from './transaction-tables.ts'
export { type TwoPhaseBoundary, TwoPhaseCoordinator, type TwoPhaseOptions } from './two-phase/coordinator.ts'
