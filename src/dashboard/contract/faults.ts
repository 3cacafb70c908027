/**
 * Faults: what is being done to services on purpose, and doing it.
 *
 * The services' own admin endpoint `/faults` decides what a fault is; the dashboard passes its JSON on in both directions.
 */
import { del, get, post } from '../../api/define-api.ts'
import { answer, anyObject, object, text } from '../../schema/shape.ts'
import type { Asked, ByName, Delete, Get, Post } from './operations.ts'
import { name, ServiceName } from './query.ts'

export interface ServiceFaults {
  readonly service: string
  /** Null where the service takes no faults or cannot be asked; `reason` says why. */
  readonly faults: readonly FaultView[] | null
  readonly reason: string | null
}

export interface FaultView {
  readonly id: string
  /** As the service describes it. */
  readonly [member: string]: unknown
}

export type FaultsApi = {
  readonly listFaults: Get<'/api/faults', { readonly services: readonly ServiceFaults[] }>
  /** 400 with the service's own words for a fault that it refuses; 403 `ACTIONS_DISABLED`. */
  readonly injectFault: Post<
    '/api/services/:name/faults',
    201,
    FaultView,
    ByName & Asked<'body', Readonly<Record<string, unknown>>>
  >
  readonly stopFault: Delete<
    '/api/services/:name/faults/:id',
    Asked<'params', { readonly name: string; readonly id: string }>
  >
}

export const faultsApi: FaultsApi = {
  listFaults: get('/api/faults', { responses: { 200: answer() } }),
  injectFault: post('/api/services/:name/faults', {
    params: ServiceName,
    body: anyObject({ maxMembers: 50 }),
    responses: { 201: answer() },
  }),
  stopFault: del('/api/services/:name/faults/:id', {
    params: object({ name, id: text({ min: 1, max: 64, pattern: /^[A-Za-z0-9_-]+$/ }) }),
    responses: { 204: null },
  }),
}
