/**
 * Session: how a browser gets in.
 *
 *   http://127.0.0.1:PORT/#token=…   the link that was printed: a fragment never leaves the browser
 *     └─▶ POST /api/session { token } ─▶ 204, Set-Cookie: HttpOnly; SameSite=Strict ─▶ the page removes the fragment
 *
 * Every other operation answers 401 `UNAUTHENTICATED` without cookie or `Authorization: Bearer TOKEN`.
 */
import { del, get, post } from '../../api/define-api.ts'
import { answer, object, text } from '../../schema/shape.ts'
import type { Asked, Delete, Get, Post } from './operations.ts'

export interface SessionView {
  /** What this dashboard lets its visitors do; a button for anything else is better not drawn. */
  readonly actions: {
    /** Stop, start and restart services: where the dashboard runs beside an orchestrator. */
    readonly control: boolean
    /** Inject faults and stop them. */
    readonly faults: boolean
    /** Replay and discard dead letters, retry and cancel sagas. */
    readonly repairs: boolean
    /** Send a request to a service of the workspace. */
    readonly requests: boolean
    /** Profiles from the services' admin ports; false while there is no operation for it. */
    readonly profiles: boolean
  }
  /** Name of the workspace; null for a dashboard that stands alone. */
  readonly workspace: string | null
  readonly version: string
}

/** What the store holds, and what it had to leave out. */
export interface StoreView {
  readonly spans: number
  readonly logs: number
  readonly series: number
  readonly points: number
  /** On disk and in memory. */
  readonly bytes: number
  readonly maxBytes: number
  /** Refused or dropped on arrival since the start, by what they were. */
  readonly rejected: { readonly spans: number; readonly logs: number; readonly points: number }
  readonly oldestMs: number | null
  /** Nothing older is kept. */
  readonly maxAgeMs: number
}

/** Something a visitor did that changes how services run. */
export interface AuditEntry {
  readonly id: number
  readonly atMs: number
  /** Such as `service.stop`, `fault.inject`, `messages.replay`, `saga.retry`, `request.try`, `profile.cpu`, `session.open`. */
  readonly action: string
  /** What it was done to: a service, and what of it. */
  readonly target: string
  readonly outcome: 'done' | 'refused' | 'failed'
  /** Never a secret or a body. */
  readonly detail: string
  /** Address it came from. */
  readonly from: string
}

export type SessionApi = {
  /** The one operation that needs no cookie. A wrong token is 401; after 20 wrong ones within a minute it is 429. */
  readonly openSession: Post<'/api/session', 204, null, Asked<'body', { readonly token: string }>>
  readonly readSession: Get<'/api/session', SessionView>
  readonly closeSession: Delete<'/api/session'>
  readonly readStore: Get<'/api/store', StoreView>
  /** The latest first, at most 500. */
  readonly listAudit: Get<'/api/audit', { readonly entries: readonly AuditEntry[] }>
}

export const sessionApi: SessionApi = {
  openSession: post('/api/session', { body: object({ token: text({ min: 1, max: 200 }) }), responses: { 204: null } }),
  readSession: get('/api/session', { responses: { 200: answer<SessionView>() } }),
  closeSession: del('/api/session', { responses: { 204: null } }),
  readStore: get('/api/store', { responses: { 200: answer<StoreView>() } }),
  listAudit: get('/api/audit', { responses: { 200: answer() } }),
}
