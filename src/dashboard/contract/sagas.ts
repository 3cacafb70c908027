/** Sagas of the services, as their own admin endpoint `/sagas` tells of them; trying one again, and having one undone. */
import { get, post } from '../../api/define-api.ts'
import { answer, flag, object, oneOf, optional, text } from '../../schema/shape.ts'
import type { SagasQuery, SagasView, SagaView } from '../../service/operations/operations-api.ts'
import type { Asked, Get, Post } from './operations.ts'
import { limit, name } from './query.ts'

export interface ServiceSagas {
  readonly service: string
  /** Null where the service cannot be asked. */
  readonly sagas: SagasView | null
  readonly reason: string | null
}

type ById = Asked<'params', { readonly name: string; readonly id: string }>

export type SagasApi = {
  /** Of each service the latest ones; services without sagas are not listed. */
  readonly listSagas: Get<
    '/api/sagas',
    { readonly services: readonly ServiceSagas[] },
    Asked<'query', Omit<SagasQuery, 'after'>>
  >
  readonly readSaga: Get<
    '/api/services/:name/sagas/:id',
    SagaView,
    ById & Asked<'query', { readonly payload?: boolean | undefined }>
  >
  /** 403 `ACTIONS_DISABLED`; 409 with the service's own words where nothing can be done. */
  readonly retrySaga: Post<'/api/services/:name/sagas/:id/retry', 200, SagaView, ById>
  readonly cancelSaga: Post<'/api/services/:name/sagas/:id/cancel', 200, SagaView, ById>
}

const word = text({ min: 1, max: 200 })
const place = object({ name, id: word })

export const sagasApi: SagasApi = {
  listSagas: get('/api/sagas', {
    query: object({
      status: optional(oneOf('running', 'compensating', 'done', 'compensated', 'open')),
      name: optional(word),
      trouble: optional(flag()),
      limit,
    }),
    responses: { 200: answer() },
  }),
  readSaga: get('/api/services/:name/sagas/:id', {
    params: place,
    query: object({ payload: optional(flag()) }),
    responses: { 200: answer<SagaView>() },
  }),
  retrySaga: post('/api/services/:name/sagas/:id/retry', { params: place, responses: { 200: answer<SagaView>() } }),
  cancelSaga: post('/api/services/:name/sagas/:id/cancel', { params: place, responses: { 200: answer<SagaView>() } }),
}
