/**
 * WorkerOperations: operations of a service with several workers.
 *
 *   what lies in a broker or database ─▶ any worker that serves
 *   what each process does for itself ─▶ all of them, summed
 */
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { OperationName, Operations } from '../operations/operations.ts'
import type {
  BrokerView,
  DeadLettersQuery,
  DeadLettersView,
  GroupView,
  LettersRequest,
  MessagesView,
  OutboxesView,
  SagasQuery,
  SagasView,
  SagaView,
  Settled,
} from '../operations/operations-api.ts'
import type { Worker } from './worker.ts'
import type { OperationAnswer } from './worker-message.ts'

const figuresMs = 5_000
/** Replaying many letters takes its time. */
const changeMs = 120_000

export class WorkerOperations implements Operations {
  readonly #workers: () => readonly Worker[]

  constructor(workers: () => readonly Worker[]) {
    this.#workers = workers
  }

  async messages(): Promise<MessagesView> {
    return mergeMessages((await this.#all('messages')) as MessagesView[])
  }

  deadLetters(query: DeadLettersQuery): Promise<DeadLettersView> {
    return this.#any('deadLetters', query) as Promise<DeadLettersView>
  }

  replay(request: LettersRequest): Promise<Settled> {
    return this.#any('replay', request) as Promise<Settled>
  }

  discard(request: LettersRequest): Promise<Settled> {
    return this.#any('discard', request) as Promise<Settled>
  }

  async outbox(): Promise<OutboxesView> {
    return mergeOutboxes((await this.#all('outbox')) as OutboxesView[])
  }

  retryOutbox(): Promise<Settled> {
    return this.#any('retryOutbox') as Promise<Settled>
  }

  sagas(query: SagasQuery): Promise<SagasView> {
    return this.#any('sagas', query) as Promise<SagasView>
  }

  saga(query: { readonly id: string; readonly payload?: boolean | undefined }): Promise<SagaView> {
    return this.#any('saga', query) as Promise<SagaView>
  }

  retrySaga(query: { readonly id: string }): Promise<SagaView> {
    return this.#any('retrySaga', query) as Promise<SagaView>
  }

  cancelSaga(query: { readonly id: string }): Promise<SagaView> {
    return this.#any('cancelSaga', query) as Promise<SagaView>
  }

  /** @throws ServiceError of the worker, `WORKER_SILENT`, `WORKER_FAILED`. */
  async #any(name: OperationName, input: unknown = {}): Promise<unknown> {
    const [worker] = this.#serving()
    if (worker === undefined) throw nobodyServes()
    return valueIn(await worker.ask({ kind: 'operation', name, input }, changeMs))
  }

  /** Of those that answer; what one of them cannot do, all cannot. */
  async #all(name: OperationName): Promise<unknown[]> {
    const asked = this.#serving().map((worker) => worker.ask({ kind: 'operation', name, input: {} }, figuresMs))
    const answers = await Promise.allSettled(asked)
    const values = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [valueIn(answer.value)] : []))
    if (values.length === 0) throw nobodyServes()
    return values
  }

  #serving(): readonly Worker[] {
    return this.#workers().filter(({ state }) => state === 'ready')
  }
}

function valueIn(answer: unknown): unknown {
  const { value, error } = answer as OperationAnswer
  if (error === undefined) return value
  throw new ServiceError(error.code, error.message, { status: error.status })
}

function nobodyServes(): ServiceError {
  return new ServiceError('WORKER_SILENT', 'No worker answered; they are starting, or busy.', { status: 503 })
}

function mergeMessages(views: readonly MessagesView[]): MessagesView {
  const [first] = views
  const brokers = first?.brokers.map((broker) =>
    mergeBroker(
      broker,
      views.flatMap((view) => view.brokers),
    ),
  )
  return { service: first?.service ?? '', brokers: brokers ?? [] }
}

function mergeBroker(broker: BrokerView, all: readonly BrokerView[]): BrokerView {
  const groups = all.filter(({ name }) => name === broker.name).flatMap((one) => one.groups)
  return {
    ...broker,
    groups: broker.groups.map(({ topic, group }) =>
      groups.filter((one) => one.topic === topic && one.group === group).reduce(mergeGroups),
    ),
  }
}

function mergeGroups(a: GroupView, b: GroupView): GroupView {
  return {
    ...a,
    isPaused: a.isPaused && b.isPaused,
    inFlight: a.inFlight + b.inFlight,
    concurrency: a.concurrency + b.concurrency,
    lag: a.lag ?? b.lag,
    handled: a.handled + b.handled,
    failed: a.failed + b.failed,
    retried: a.retried + b.retried,
    deadLettered: a.deadLettered + b.deadLettered,
    lastError: (a.lastError?.at ?? '') >= (b.lastError?.at ?? '') ? a.lastError : b.lastError,
  }
}

/** All see the same tables; each knows its own relay. */
function mergeOutboxes(views: readonly OutboxesView[]): OutboxesView {
  const [first] = views
  if (first === undefined) throw nobodyServes()
  const here = new Set(
    views
      .flatMap(({ outboxes }) => outboxes.flatMap(({ relays }) => relays.filter(({ isHere }) => isHere)))
      .map(({ relay }) => relay),
  )
  return {
    ...first,
    outboxes: first.outboxes.map((outbox) => ({
      ...outbox,
      relays: outbox.relays.map((relay) => ({ ...relay, isHere: here.has(relay.relay) })),
    })),
  }
}
