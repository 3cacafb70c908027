/**
 * Operations: what operators do to the messages, the outbox and the sagas of a service, whichever process it falls to.
 *
 *   admin port ─▶ Operations ─┬─ one process: its own components
 *                             └─ a supervisor: asks its workers, and puts their figures together
 *   genever messages --file ──▶ the components of a service that is not running
 */
import type {
  DeadLettersQuery,
  DeadLettersView,
  LettersRequest,
  MessagesView,
  OutboxesView,
  SagasQuery,
  SagasView,
  SagaView,
  Settled,
} from './operations-api.ts'

export interface Operations {
  messages(): Promise<MessagesView>
  deadLetters(query: DeadLettersQuery): Promise<DeadLettersView>
  replay(request: LettersRequest): Promise<Settled>
  discard(request: LettersRequest): Promise<Settled>
  outbox(): Promise<OutboxesView>
  retryOutbox(): Promise<Settled>
  sagas(query: SagasQuery): Promise<SagasView>
  saga(query: { readonly id: string; readonly payload?: boolean | undefined }): Promise<SagaView>
  retrySaga(query: { readonly id: string }): Promise<SagaView>
  cancelSaga(query: { readonly id: string }): Promise<SagaView>
}

export type OperationName = keyof Operations

/** Kinds of components that there are operations for. */
export const operableKinds: readonly string[] = ['messaging', 'outbox', 'sagas']
