/**
 * Logs as they come: the latest ones first of all, then each new one.
 *
 *   searchLogs ─▶ latest 200 ─┐
 *   /api/logs/tail ─▶ buffer ─┴─▶ records, drawn four times a second, the last 5,000 kept
 *                        └─ paused: only counted, until the visitor goes on
 */
import { useCallback, useEffect, useRef, useState } from 'preact/hooks'
import type { LogRecordView } from '../../../../src/dashboard/contract/logs.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { href, type QueryValue } from '../../routing/href.ts'

export type LogQuery = Readonly<Record<string, QueryValue>>

export interface LogTail {
  /** Ascending. */
  readonly records: readonly LogRecordView[]
  readonly error: ApiError | undefined
  readonly isReady: boolean
  /** Arrived while paused. */
  readonly waiting: number
  /** Lost because this browser was too slow. */
  readonly missed: number
  readonly hasOlder: boolean
  loadOlder(): void
}

interface State {
  readonly records: readonly LogRecordView[]
  readonly isReady: boolean
  readonly older: string | null
}

const drawEveryMs = 250
const most = 5_000
const nothingYet: State = { records: [], isReady: false, older: null }

export function useLogTail(query: LogQuery, isPaused: boolean): LogTail {
  const key = JSON.stringify(query)
  const [state, setState] = useState(nothingYet)
  const [error, setError] = useState<ApiError | undefined>()
  const [waiting, setWaiting] = useState(0)
  const [missed, setMissed] = useState(0)
  const buffer = useRef<LogRecordView[]>([])
  const paused = useRef(isPaused)
  paused.current = isPaused

  useEffect(() => {
    const end = new AbortController()
    setState(nothingYet)
    setError(undefined)
    setMissed(0)
    buffer.current = []
    searchLogs(query, end.signal).then(
      ({ records, next }) =>
        setState((before) => ({ records: joined(records.toReversed(), before.records), isReady: true, older: next })),
      (thrown: unknown) => end.signal.aborted || setError(toApiError(thrown)),
    )
    const source = new EventSource(href('/api/logs/tail', query))
    source.onmessage = ({ data }: MessageEvent<string>) => void buffer.current.push(JSON.parse(data))
    source.addEventListener('gap', ({ data }: MessageEvent<string>) =>
      setMissed((count) => count + Number(JSON.parse(data).missed)),
    )
    const timer = setInterval(() => {
      setWaiting(paused.current ? buffer.current.length : 0)
      if (paused.current || buffer.current.length === 0) return
      const fresh = buffer.current.splice(0)
      setState((before) => ({ ...before, records: joined(before.records, fresh).slice(-most) }))
    }, drawEveryMs)
    return () => {
      end.abort()
      source.close()
      clearInterval(timer)
    }
  }, [key])

  const loadOlder = useCallback(() => {
    if (state.older === null) return
    searchLogs({ ...query, cursor: state.older }, new AbortController().signal).then(
      ({ records, next }) =>
        setState((before) => ({ ...before, records: joined(records.toReversed(), before.records), older: next })),
      (thrown: unknown) => setError(toApiError(thrown)),
    )
  }, [key, state.older])

  return { ...state, error, waiting, missed, hasOlder: state.older !== null, loadOlder }
}

async function searchLogs(query: LogQuery, signal: AbortSignal) {
  return await api.searchLogs({ query: { ...query, limit: 200 } as object }, { signal })
}

/** Both ascending by id; what stands in both comes once. */
function joined(earlier: readonly LogRecordView[], later: readonly LogRecordView[]): LogRecordView[] {
  const known = new Set(earlier.map(({ id }) => id))
  return [...earlier, ...later.filter(({ id }) => !known.has(id))].toSorted((a, b) => a.id - b.id)
}
