/**
 * What a page shows of the server: loaded once, then kept fresh without flicker.
 *
 *   key changes ─▶ load ─▶ value            an older value stays on the screen until the new one is there
 *   event of a kind in `on` ─┐
 *   `everyMs` has passed ────┴─▶ load again, at most once a second, and not while the tab is hidden
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { DashboardEventKind } from '../../../src/dashboard/contract/events.ts'
import { onEvent } from '../live/live-events.ts'
import { lockSession } from '../shell/session.ts'
import { type ApiError, toApiError } from './api-error.ts'

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

const leastGapMs = 1_000
/** Latest values by key, so that a page shows at once what it showed before. */
const remembered = new Map<string, unknown>()

interface State<T> {
  readonly key: string
  readonly value?: T | undefined
  readonly error?: ApiError | undefined
  readonly isLoading: boolean
}

export function useResource<T>(
  key: string,
  load: (signal: AbortSignal) => Promise<T>,
  { on = [], everyMs, isWanted = true }: ResourceOptions = {},
): Resource<T> {
  const [state, setState] = useState<State<T>>({ key, value: recall<T>(key), isLoading: isWanted })
  const latestLoad = useRef(load)
  latestLoad.current = load
  const running = useRef<AbortController | undefined>(undefined)

  const reload = useCallback(() => {
    running.current?.abort()
    const run = new AbortController()
    running.current = run
    const { signal } = run
    setState((before) =>
      before.key === key ? { ...before, isLoading: true } : { key, value: recall<T>(key), isLoading: true },
    )
    latestLoad.current(signal).then(
      (value) => {
        if (signal.aborted) return
        remember(key, value)
        setState({ key, value, isLoading: false })
      },
      (thrown: unknown) => {
        if (signal.aborted) return
        const error = toApiError(thrown)
        if (error.status === 401) lockSession()
        setState((before) => ({ ...before, error, isLoading: false }))
      },
    )
  }, [key])

  useEffect(() => {
    if (!isWanted) return
    reload()
    const ask = paced(() => document.visibilityState === 'visible' && reload())
    const ends = on.map((kind) => onEvent(kind, ask.now))
    if (on.length > 0) ends.push(onEvent('gap', ask.now))
    const timer = everyMs === undefined ? undefined : setInterval(ask.now, everyMs)
    document.addEventListener('visibilitychange', ask.now)
    return () => {
      for (const end of ends) end()
      clearInterval(timer)
      ask.stop()
      document.removeEventListener('visibilitychange', ask.now)
      running.current?.abort()
    }
  }, [reload, isWanted, everyMs, on.join()])

  const isOwn = state.key === key
  return {
    value: isOwn ? state.value : recall<T>(key),
    error: isOwn ? state.error : undefined,
    isLoading: state.isLoading,
    reload,
  }
}

function recall<T>(key: string): T | undefined {
  // What was put under a key came from the load of that key.
  return remembered.get(key) as T | undefined
}

function remember(key: string, value: unknown): void {
  remembered.delete(key)
  remembered.set(key, value)
  const oldest = remembered.keys().next().value
  if (remembered.size > 60 && oldest !== undefined) remembered.delete(oldest)
}

/** Runs `act` at once, then at most once in `leastGapMs`; what is asked in between is done once at its end. */
function paced(act: () => void): { now(): void; stop(): void } {
  let lastMs = 0
  let timer: ReturnType<typeof setTimeout> | undefined
  const run = (): void => {
    timer = undefined
    lastMs = Date.now()
    act()
  }
  const now = (): void => {
    timer ??= setTimeout(run, Math.max(0, lastMs + leastGapMs - Date.now()))
  }
  return { now, stop: () => clearTimeout(timer) }
}
