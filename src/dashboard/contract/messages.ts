/**
 * Messages: topics, groups, dead letters and outboxes of the services, and repairing them.
 *
 * The services' own admin endpoints `/messages` and `/outbox` know them; the dashboard passes on what they say.
 */
import { get, post } from '../../api/define-api.ts'
import { answer, flag, list, object, optional, text } from '../../schema/shape.ts'
import type {
  DeadLettersQuery,
  DeadLettersView,
  LettersRequest,
  MessagesView,
  OutboxStateView,
  Settled,
} from '../../service/operations/operations-api.ts'
import type { Asked, ByName, Get, Post } from './operations.ts'
import { cursor, limit, ServiceName } from './query.ts'

export interface ServiceMessages {
  readonly service: string
  /** Null where the service has no groups, or cannot be asked. */
  readonly messages: MessagesView | null
  readonly outboxes: readonly OutboxStateView[]
  /** Why it could not be asked; null where it could. Services without messages and outbox are not listed. */
  readonly reason: string | null
}

export type MessagesApi = {
  readonly listMessages: Get<'/api/messages', { readonly services: readonly ServiceMessages[] }>
  readonly readDeadLetters: Get<
    '/api/services/:name/dead-letters',
    DeadLettersView,
    ByName & Asked<'query', DeadLettersQuery>
  >
  /** 403 `ACTIONS_DISABLED`, as all that follow; what the service says of what it refuses, with its status. */
  readonly replayLetters: Post<
    '/api/services/:name/dead-letters/replay',
    200,
    Settled,
    ByName & Asked<'body', LettersRequest>
  >
  readonly discardLetters: Post<
    '/api/services/:name/dead-letters/discard',
    200,
    Settled,
    ByName & Asked<'body', LettersRequest>
  >
  readonly retryOutbox: Post<'/api/services/:name/outbox/retry', 200, Settled, ByName>
}

const word = text({ min: 1, max: 200 })
const filter = { group: optional(word), code: optional(word), type: optional(word), text: optional(word) }
const letters = object({
  topic: word,
  positions: optional(list(text({ min: 1, max: 100 }), { max: 1_000 })),
  all: optional(flag()),
  ...filter,
})

export const messagesApi: MessagesApi = {
  listMessages: get('/api/messages', { responses: { 200: answer() } }),
  readDeadLetters: get('/api/services/:name/dead-letters', {
    params: ServiceName,
    query: object({ topic: word, after: cursor, limit, payload: optional(flag()), ...filter }),
    responses: { 200: answer<DeadLettersView>() },
  }),
  replayLetters: post('/api/services/:name/dead-letters/replay', {
    params: ServiceName,
    body: letters,
    responses: { 200: answer<Settled>() },
  }),
  discardLetters: post('/api/services/:name/dead-letters/discard', {
    params: ServiceName,
    body: letters,
    responses: { 200: answer<Settled>() },
  }),
  retryOutbox: post('/api/services/:name/outbox/retry', {
    params: ServiceName,
    responses: { 200: answer<Settled>() },
  }),
}
