/** ComponentOperations: operations on the components of this process. */

import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { Component } from '../../foundation/lifecycle/component.ts'
import type { Messaging } from '../../messaging/messaging.ts'
import type { OutboxView, Relay } from '../../outbox/relay.ts'
import type { SagaCoordinator } from '../../transaction/saga/coordinator.ts'
import { brokerView, deadLettersView, settleLetters } from './message-operations.ts'
import type { Operations } from './operations.ts'
import type {
  DeadLettersQuery,
  DeadLettersView,
  LettersRequest,
  MessagesView,
  OutboxesView,
  OutboxStateView,
  SagasQuery,
  SagasView,
  SagaView,
  Settled,
} from './operations-api.ts'
import { changeSaga, sagasView, sagaView } from './saga-operations.ts'

export class ComponentOperations implements Operations {
  readonly #service: string
  readonly #components: readonly Component[]

  constructor(service: string, components: readonly Component[]) {
    this.#service = service
    this.#components = components
  }

  async messages(): Promise<MessagesView> {
    return { service: this.#service, brokers: await Promise.all(this.#messaging().map(brokerView)) }
  }

  deadLetters(query: DeadLettersQuery): Promise<DeadLettersView> {
    return deadLettersView(this.#messaging(), query)
  }

  replay(request: LettersRequest): Promise<Settled> {
    return settleLetters(this.#messaging(), 'replay', request)
  }

  discard(request: LettersRequest): Promise<Settled> {
    return settleLetters(this.#messaging(), 'discard', request)
  }

  async outbox(): Promise<OutboxesView> {
    const outboxes = this.#relays().map(async (relay) => outboxState(relay.name, await relay.view()))
    return { service: this.#service, outboxes: await Promise.all(outboxes) }
  }

  async retryOutbox(): Promise<Settled> {
    const retried = await Promise.all(this.#relays().map((relay) => relay.retryRefused()))
    return { messages: retried.reduce((sum, count) => sum + count, 0) }
  }

  async sagas(query: SagasQuery): Promise<SagasView> {
    return { service: this.#service, ...(await sagasView(this.#coordinators(), query)) }
  }

  async saga(query: { readonly id: string; readonly payload?: boolean | undefined }): Promise<SagaView> {
    return { service: this.#service, ...(await sagaView(this.#coordinators(), query)) }
  }

  async retrySaga({ id }: { readonly id: string }): Promise<SagaView> {
    return { service: this.#service, ...(await changeSaga(this.#coordinators(), 'retry', id)) }
  }

  async cancelSaga({ id }: { readonly id: string }): Promise<SagaView> {
    return { service: this.#service, ...(await changeSaga(this.#coordinators(), 'cancel', id)) }
  }

  #messaging(): Messaging[] {
    return this.#ofKind<Messaging>('messaging')
  }

  #relays(): Relay[] {
    return this.#ofKind<Relay>('outbox')
  }

  #coordinators(): SagaCoordinator[] {
    return this.#ofKind<SagaCoordinator>('sagas')
  }

  /** Whoever gives itself this kind is of this class: it stands there. @throws ServiceError `NO_SUCH_PART` (404) */
  #ofKind<C extends Component>(kind: string): C[] {
    const found = this.#components.filter((component) => component.kind === kind)
    if (found.length > 0) return found as C[]
    throw new ServiceError('NO_SUCH_PART', `This service has no component of the kind '${kind}'.`, { status: 404 })
  }
}

function outboxState(name: string, { relays, lastError, failures: _, ...view }: OutboxView): OutboxStateView {
  return {
    name,
    ...view,
    relays: relays.map(({ seenUntil, ...relay }) => ({ ...relay, seenUntil: seenUntil.toISOString() })),
    lastError: lastError ?? null,
  }
}
