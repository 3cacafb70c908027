/**
 * Session: how this browser gets in.
 *
 *   #token=… in the address ─▶ openSession ─▶ fragment removed ─┐
 *   a cookie from before ───────────────────────────────────────┴─▶ readSession ─▶ open
 *   401, now or later ─▶ locked: the visitor is asked for the token
 */
import type { SessionView } from '../../../src/dashboard/contract/session.ts'
import { api } from '../api/api.ts'
import { ApiError, toApiError } from '../api/api-error.ts'
import { connect, disconnect } from '../live/live-events.ts'
import { type Signal, signalOf } from '../live/signal.ts'

export type SessionState =
  | { readonly kind: 'opening' }
  | { readonly kind: 'locked'; readonly reason: string }
  | { readonly kind: 'unreachable'; readonly reason: string }
  | { readonly kind: 'open'; readonly view: SessionView }

export const session: Signal<SessionState> = signalOf<SessionState>({ kind: 'opening' })

export async function enter(): Promise<void> {
  const token = new URLSearchParams(location.hash.slice(1)).get('token')
  if (token === null) return await readSession()
  history.replaceState(null, '', location.pathname + location.search)
  await unlock(token)
}

export async function unlock(token: string): Promise<void> {
  try {
    await api.openSession({ body: { token } })
  } catch (error) {
    return refuse(
      error,
      'This token is not the one of the running dashboard; it changes with every start unless it is set.',
    )
  }
  await readSession()
}

export function lockSession(): void {
  disconnect()
  session.set({ kind: 'locked', reason: '' })
}

async function readSession(): Promise<void> {
  try {
    session.set({ kind: 'open', view: await api.readSession() })
    connect()
  } catch (error) {
    refuse(error, '')
  }
}

function refuse(error: unknown, reasonWhenWrong: string): void {
  const { status, message } = error instanceof ApiError ? error : toApiError(error)
  if (status === 401) session.set({ kind: 'locked', reason: reasonWhenWrong })
  else if (status === 429) session.set({ kind: 'locked', reason: message })
  else session.set({ kind: 'unreachable', reason: message })
}
