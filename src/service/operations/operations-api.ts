/**
 * What operators ask a running service about its messages and sagas, as a contract: the admin port implements it, `genever messages`,
 * `genever sagas` and the dashboard ask by it. Points in time are texts of ISO 8601.
 *
 *   /messages  topics, groups, dead letters         /outbox  what waits to be published         /sagas  instances and their history
 */
import { defineApi, get, post } from '../../api/define-api.ts'
import type { Operation, OperationSpec } from '../../api/operation.ts'
import type { Schema } from '../../schema/schema.ts'
import { answer, flag, integer, list, object, oneOf, optional, type Shape, text } from '../../schema/shape.ts'
import type { SagaStatus } from '../../transaction/saga/history.ts'
import type { StepState } from '../../transaction/saga/step-states.ts'
import type { SagaTrouble } from '../../transaction/saga/trouble.ts'

export interface MessagesView {
  readonly service: string
  /** By the name of the component; nearly always one. */
  readonly brokers: readonly BrokerView[]
}

export interface BrokerView {
  readonly name: string
  /** `sqlite`, `kafka` … */
  readonly kind: string
  readonly groups: readonly GroupView[]
  readonly deadLetters: readonly DeadLetterTopic[]
}

export interface GroupView {
  readonly topic: string
  readonly group: string
  readonly types: readonly string[]
  readonly isPaused: boolean
  /** Of all processes of this service, as all figures but the lag, which is that of the whole group. */
  readonly inFlight: number
  readonly concurrency: number
  /** Messages that the group has not acknowledged; null where the broker cannot say. */
  readonly lag: number | null
  readonly handled: number
  readonly failed: number
  readonly retried: number
  readonly deadLettered: number
  readonly deadLetter: string | null
  readonly lastError: { readonly code: string; readonly message: string; readonly at: string } | null
}

export interface DeadLetterTopic {
  readonly topic: string
  /** Null where the broker cannot say. */
  readonly letters: number | null
}

export interface DeadLetterView {
  /** Names it in its topic. */
  readonly position: string
  readonly id: string
  readonly topic: string
  readonly group: string
  readonly type: string
  readonly key: string | null
  readonly code: string
  readonly reason: string
  readonly attempts: number
  readonly failedAt: string | null
  readonly source: string
  readonly traceId: string | null
  readonly bytes: number
  /** As text, with what is secret hidden; null unless it was asked for. */
  readonly payload: string | null
}

export interface DeadLettersView {
  readonly topic: string
  /** The oldest first. */
  readonly letters: readonly DeadLetterView[]
  readonly next: string | null
}

export interface LettersFilter {
  readonly group?: string | undefined
  readonly code?: string | undefined
  readonly type?: string | undefined
  /** In the reason. */
  readonly text?: string | undefined
}

export interface DeadLettersQuery extends LettersFilter {
  readonly topic: string
  readonly after?: string | undefined
  readonly limit?: number | undefined
  readonly payload?: boolean | undefined
}

/** `positions`, or `all` that fit the filter. */
export interface LettersRequest extends LettersFilter {
  readonly topic: string
  readonly positions?: readonly string[] | undefined
  readonly all?: boolean | undefined
}

export interface Settled {
  readonly messages: number
}

export interface OutboxesView {
  readonly service: string
  readonly outboxes: readonly OutboxStateView[]
}

export interface OutboxStateView {
  readonly name: string
  /** That wait and are due. */
  readonly messages: number
  readonly oldestMs: number
  /** That the broker refused for good. */
  readonly failed: number
  readonly refusals: readonly { readonly topic: string; readonly code: string; readonly messages: number }[]
  readonly relays: readonly {
    readonly relay: string
    readonly isHere: boolean
    readonly lanes: number
    readonly seenUntil: string
  }[]
  readonly lanes: number
  readonly lastError: string | null
}

export interface SagaStepDefinition {
  readonly name: string
  /** Steps of one stage run at once. */
  readonly stage: number
  readonly isLocal: boolean
  readonly hasCompensation: boolean
  readonly noReturn: boolean
  /** Null: without limit. */
  readonly attempts: number | null
  readonly timeoutMs: number
}

export interface SagaDefinitionView {
  readonly name: string
  readonly version: number
  readonly timeoutMs: number | null
  readonly steps: readonly SagaStepDefinition[]
}

export interface SagaSummary {
  readonly id: string
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  /** Why it does not get on by itself; null while it does. */
  readonly trouble: SagaTrouble | null
  readonly begunAt: string
  readonly changedAt: string
  /** What it is at, or was at last. */
  readonly step: string | null
  /** Why it was undone, or its step failed last. */
  readonly error: { readonly code: string; readonly reason: string } | null
  readonly traceId: string | null
}

export interface SagaCountView {
  readonly name: string
  readonly version: number
  readonly status: SagaStatus
  readonly instances: number
}

export interface SagasView {
  readonly service: string
  readonly definitions: readonly SagaDefinitionView[]
  readonly counts: readonly SagaCountView[]
  /** The latest first. */
  readonly instances: readonly SagaSummary[]
  readonly next: string | null
}

export interface SagaStepView {
  readonly name: string
  readonly stage: number
  readonly state: StepState
  readonly isLocal: boolean
  readonly hasCompensation: boolean
  readonly noReturn: boolean
  readonly attempts: number
  readonly undoAttempts: number
  readonly begunAt: string | null
  readonly changedAt: string | null
  readonly error: { readonly code: string; readonly reason: string } | null
}

export interface SagaEntryView {
  readonly kind: string
  readonly step: string | null
  readonly attempt: number | null
  readonly at: string
  readonly code: string | null
  readonly reason: string | null
  readonly isFinal: boolean | null
  /** As text, with what is secret hidden; null unless payloads were asked for, or there is none. */
  readonly output: string | null
}

export interface SagaView extends SagaSummary {
  readonly service: string
  readonly steps: readonly SagaStepView[]
  readonly history: readonly SagaEntryView[]
  /** As text, with what is secret hidden; null unless payloads were asked for. */
  readonly input: string | null
  readonly owner: string | null
  readonly epoch: number
  readonly leaseUntil: string | null
  /** When its next attempt is due, where it waits for one. */
  readonly due: string | null
  readonly deadline: string | null
  readonly isCancelWished: boolean
  readonly canRetry: boolean
  readonly canCancel: boolean
}

export interface SagasQuery {
  readonly status?: SagaStatus | 'open' | undefined
  readonly name?: string | undefined
  /** Only those that do not get on by themselves. */
  readonly trouble?: boolean | undefined
  readonly after?: string | undefined
  readonly limit?: number | undefined
}

type Get<P extends string, A, S extends OperationSpec = object> = Operation<'GET', P, S & Answers<A>>
type Post<P extends string, A, S extends OperationSpec = object> = Operation<'POST', P, S & Answers<A>>
type Answers<A> = { readonly responses: { readonly 200: Schema<A> } }
type Asked<Part extends 'params' | 'query' | 'body', T> = { readonly [K in Part]: Schema<T> }
/** Who asks, for those who read the log later. */
type By = Asked<'query', { readonly by?: string | undefined }>

export type OperationsApi = {
  readonly messages: Get<'/messages', MessagesView>
  readonly deadLetters: Get<'/messages/dead-letters', DeadLettersView, Asked<'query', DeadLettersQuery>>
  /** Published again with their ids, for the group that failed. 404 `NO_DEAD_LETTERS`, 501 `CANNOT_LOOK`. */
  readonly replay: Post<'/messages/dead-letters/replay', Settled, Asked<'body', LettersRequest> & By>
  readonly discard: Post<'/messages/dead-letters/discard', Settled, Asked<'body', LettersRequest> & By>
  readonly outbox: Get<'/outbox', OutboxesView>
  /** What the broker refused for good is tried again. */
  readonly retryOutbox: Post<'/outbox/retry', Settled, By>
  readonly sagas: Get<'/sagas', SagasView, Asked<'query', SagasQuery>>
  /** 404 `SAGA_NOT_FOUND`. */
  readonly saga: Get<
    '/sagas/:id',
    SagaView,
    Asked<'params', { readonly id: string }> & Asked<'query', { readonly payload?: boolean | undefined }>
  >
  /** Its next attempt is now. 409 `SAGA_OVER` if there is nothing left to try. */
  readonly retrySaga: Post<'/sagas/:id/retry', SagaView, Asked<'params', { readonly id: string }> & By>
  /** It is undone. 409 `SAGA_OVER` if it is over, is being undone, or goes forward only. */
  readonly cancelSaga: Post<'/sagas/:id/cancel', SagaView, Asked<'params', { readonly id: string }> & By>
}

const word = text({ min: 1, max: 200 })
const filter = { group: optional(word), code: optional(word), type: optional(word), text: optional(word) }
const position: Shape<string> = text({ min: 1, max: 100, pattern: /^[\w.:-]+$/ })
const by = object({ by: optional(text({ min: 1, max: 100, pattern: /^[^\p{Cc}]+$/u })) })
const letters = object({
  topic: word,
  positions: optional(list(position, { max: 1_000 })),
  all: optional(flag()),
  ...filter,
})
const SagaId: Shape<{ readonly id: string }> = object({ id: word })
const limit = optional(integer({ min: 1, max: 500 }))

export const operationsApi: OperationsApi = defineApi({
  messages: get('/messages', { responses: { 200: answer<MessagesView>() } }),
  deadLetters: get('/messages/dead-letters', {
    query: object({ topic: word, after: optional(position), limit, payload: optional(flag()), ...filter }),
    responses: { 200: answer<DeadLettersView>() },
  }),
  replay: post('/messages/dead-letters/replay', { query: by, body: letters, responses: { 200: answer<Settled>() } }),
  discard: post('/messages/dead-letters/discard', { query: by, body: letters, responses: { 200: answer<Settled>() } }),
  outbox: get('/outbox', { responses: { 200: answer<OutboxesView>() } }),
  retryOutbox: post('/outbox/retry', { query: by, responses: { 200: answer<Settled>() } }),
  sagas: get('/sagas', {
    query: object({
      status: optional(oneOf('running', 'compensating', 'done', 'compensated', 'open')),
      name: optional(word),
      trouble: optional(flag()),
      after: optional(word),
      limit,
    }),
    responses: { 200: answer<SagasView>() },
  }),
  saga: get('/sagas/:id', {
    params: SagaId,
    query: object({ payload: optional(flag()) }),
    responses: { 200: answer<SagaView>() },
  }),
  retrySaga: post('/sagas/:id/retry', { params: SagaId, query: by, responses: { 200: answer<SagaView>() } }),
  cancelSaga: post('/sagas/:id/cancel', { params: SagaId, query: by, responses: { 200: answer<SagaView>() } }),
})
