/**
 * What a page shows of the server: loaded once, then kept fresh without flicker.
 *
 *   key changes ─▶ load ─▶ value            an older value stays on the screen until the new one is there
 *   event of a kind in `on` ─┐
 *   `everyMs` has passed ────┴─▶ load again, at most once a second, and not while the tab is hidden
 *                                while one is under way: once more after it, so that a slow answer still arrives
 */
import { useEffect, useRef, useState } from 'preact/hooks'
import type { DashboardEventKind } from '../../../src/dashboard/contract/events.ts'
import { onEvent } from '../live/live-events.ts'
import { lockSession } from '../shell/session.ts'
import { type ApiError, toApiError } from './api-error.ts'
import { type Refresher, refresher } from './refresher.ts'

export interface Resource<T> {
  readonly value: T | undefined
  readonly error: ApiError | undefined
  readonly isLoading: boolean
  reload(): void
}

export interface ResourceOptions {
  readonly on?: readonly DashboardEventKind[]
  readonly everyMs?: number
  /** False loads nothing yet. */
  readonly isWanted?: boolean
}

/** After an error that may pass, in milliseconds. */
const againMs = 3_000

/** Latest values by key, so that a page shows at once what it showed before. */
const remembered = new Map<string, unknown>()

interface State<T> {
  readonly key: string
  readonly value: T | undefined
  readonly error: ApiError | undefined
  readonly isLoading: boolean
}

export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { on = [], everyMs, isWanted = true }: ResourceOptions = {},
): Resource<T> {
  const [state, setState] = useState<State<T>>(() => stateOf<T>(key))
  const latestLoad = useRef(load)
  latestLoad.current = load
  const current = useRef<Refresher | undefined>(undefined)

  useEffect(() => {
    if (!isWanted) return
    setState((before) => (before.key === key ? { ...before, isLoading: true } : stateOf<T>(key)))
    let again: ReturnType<typeof setTimeout> | undefined
    const refresh = refresher(async (signal) => {
      try {
        const value = await latestLoad.current(signal)
        if (signal.aborted) return
        remember(key, value)
        setState({ key, value, error: undefined, isLoading: false })
      } catch (thrown) {
        if (signal.aborted) return
        const error = toApiError(thrown)
        if (error.status === 401) lockSession()
        setState((before) => ({ ...before, error, isLoading: false }))
        // Nothing need happen at the dashboard when it is back: nobody would say that it is time to ask again.
        if (isPassing(error)) again = setTimeout(askIfVisible, againMs)
      }
    })
    current.current = refresh
    const askIfVisible = (): void => {
      if (document.visibilityState === 'visible') refresh.ask()
    }
    const kinds: readonly DashboardEventKind[] = on.length > 0 ? [...on, 'gap'] : on
    const ends = kinds.map((kind) => onEvent(kind, askIfVisible))
    const timer = everyMs === undefined ? undefined : setInterval(askIfVisible, everyMs)
    document.addEventListener('visibilitychange', askIfVisible)
    refresh.ask()
    return () => {
      for (const end of ends) end()
      clearInterval(timer)
      clearTimeout(again)
      document.removeEventListener('visibilitychange', askIfVisible)
      refresh.stop()
    }
  }, [key, isWanted, everyMs, on.join()])

  const { value, error, isLoading } = state.key === key ? state : stateOf<T>(key)
  return { value, error, isLoading, reload: () => current.current?.ask() }
}

/** Of the way, or of the server; what the server refuses it refuses again. */
function isPassing({ status }: ApiError): boolean {
  return status === undefined || status === 0 || status >= 500
}

function stateOf<T>(key: string): State<T> {
  // What was put under a key came from the load of that key.
  return { key, value: remembered.get(key) as T | undefined, error: undefined, isLoading: true }
}

function remember(key: string, value: unknown): void {
  remembered.delete(key)
  remembered.set(key, value)
  const oldest = remembered.keys().next().value
  if (remembered.size > 60 && oldest !== undefined) remembered.delete(oldest)
}
