/**
 * tcc: Try, Confirm, Cancel: each part first reserves what it will need, and then all confirm or all cancel.
 *
 *   try stock ─┐                        ┌─▶ confirm stock, confirm wallet, until both have
 *   try wallet ┴─▶ all reserved? ─ yes ─┘
 *                       └─ no ─▶ cancel each that tried, or may have, until all have
 *
 * It is a saga whose second half cannot return: what the coordinator of sagas does with it, it does with this.
 */
import type { OutputOf, Schema } from '../../schema/schema.ts'
import {
  type AnySaga,
  defineSaga,
  type Results,
  type Saga,
  type SagaContext,
  type SagaStep,
  type StepRetry,
} from '../saga/saga.ts'

export interface TccParticipant<Input> {
  /** Reserves. `saga.key` without its ending names the reservation: the same in all three. */
  try(saga: SagaContext<Input, Results>): unknown
  /** Makes the reservation so. It may be called again, and must succeed in the end: nothing is undone any more. */
  confirm(saga: SagaContext<Input, Results>): void | Promise<void>
  /** Gives the reservation back, also one that was never made, and keeps it from being made later. It may be called again. */
  cancel(saga: SagaContext<Input, Results>): void | Promise<void>
  readonly retry?: StepRetry
  /** For each of the three, in milliseconds; default 30,000. */
  readonly timeoutMs?: number
}

export interface TccOptions<S extends Schema> {
  readonly input: S
  readonly version?: number
  /** Time until all must have reserved, in milliseconds: then all is cancelled. Default: no limit. */
  readonly timeoutMs?: number
  readonly participants: Readonly<Record<string, TccParticipant<OutputOf<S>>>>
}

/** A saga for `SagaCoordinator`. @throws ServiceError `BAD_SAGA` */
export function tcc<S extends Schema>(
  name: string,
  { participants, ...options }: TccOptions<S>,
): Saga<OutputOf<S>, Results> & AnySaga {
  const entries = Object.entries(participants)
  const tries = entries.map(([part, participant]) => [part, tryOf(participant)] as const)
  const confirms = entries.map(([part, participant]) => [`${part}-confirm`, confirmOf(part, participant)] as const)
  const empty: Saga<OutputOf<S>, Results> = defineSaga(name, options)
  return empty.parallel(Object.fromEntries(tries)).parallel(Object.fromEntries(confirms))
}

/** The name of a reservation: what the three calls of one participant have in common. */
export function reservationOf({ key }: Pick<SagaContext<unknown, Results>, 'key'>): string {
  return key.replace(/:undo$/, '').replace(/-confirm$/, '')
}

function tryOf<Input>(participant: TccParticipant<Input>): SagaStep<Input, Results, unknown> {
  const { retry, timeoutMs } = participant
  return {
    run: (saga) => participant.try(saga),
    compensate: (saga) => participant.cancel(saga),
    ...(retry && { retry }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

function confirmOf<Input>(_part: string, participant: TccParticipant<Input>): SagaStep<Input, Results, unknown> {
  const { retry, timeoutMs } = participant
  return {
    noReturn: true,
    run: (saga) => participant.confirm(saga),
    // How often `try` is tried says nothing of this half.
    ...(retry && { retry: { ...retry, attempts: Number.POSITIVE_INFINITY } }),
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}
