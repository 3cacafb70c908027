/**
 * A list that comes page by page: the first one is kept fresh, further ones are put behind it on demand.
 *
 *   first page ── events ──▶ again        only as long as nothing further was loaded, so that rows do not move under the eye
 *        └─ more() ──▶ next page behind it
 */
import { useCallback, useEffect, useState } from 'preact/hooks'
import type { ApiError } from './api-error.ts'
import { toApiError } from './api-error.ts'
import { type ResourceOptions, useResource } from './use-resource.ts'

export interface Page<Row> {
  readonly rows: readonly Row[]
  readonly next: string | null
}

export interface Pages<Row> {
  readonly rows: readonly Row[]
  readonly error: ApiError | undefined
  /** Whether the first page has arrived. */
  readonly isReady: boolean
  readonly isLoadingMore: boolean
  readonly hasMore: boolean
  reload(): void
  more(): void
}

type Load<Row> = (cursor: string | undefined, signal: AbortSignal) => Promise<Page<Row>>

export function usePages<Row>(key: string, load: Load<Row>, options: ResourceOptions = {}): Pages<Row> {
  const [further, setFurther] = useState<Page<Row> | undefined>()
  const [isLoadingMore, setLoadingMore] = useState(false)
  const [moreError, setMoreError] = useState<ApiError | undefined>()
  const first = useResource(
    key,
    (signal) => load(undefined, signal),
    further === undefined ? options : { isWanted: false },
  )
  useEffect(() => {
    setFurther(undefined)
    setMoreError(undefined)
  }, [key])

  const next = further === undefined ? (first.value?.next ?? null) : further.next
  const more = useCallback(() => {
    if (next === null) return
    setLoadingMore(true)
    load(next, new AbortController().signal)
      .then(
        (page) => setFurther((before) => ({ rows: [...(before?.rows ?? []), ...page.rows], next: page.next })),
        (thrown: unknown) => setMoreError(toApiError(thrown)),
      )
      .finally(() => setLoadingMore(false))
  }, [next, load])

  return {
    rows: [...(first.value?.rows ?? []), ...(further?.rows ?? [])],
    error: first.error ?? moreError,
    isReady: first.value !== undefined,
    isLoadingMore,
    hasMore: next !== null,
    reload: first.reload,
    more,
  }
}
