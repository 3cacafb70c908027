/** Filters of a page, kept in the address: a link to the page shows the same. */
import { useCallback } from 'preact/hooks'
import { href, type QueryValue } from './href.ts'
import { go, placeNow, usePlace } from './place.ts'

export interface Filters {
  readonly query: URLSearchParams
  /** The value, or '' where it is not set. */
  get(name: string): string
  /** Members that are not named stay; '' takes one away. No step for the back button. */
  set(changes: Readonly<Record<string, QueryValue>>): void
}

export function useFilters(): Filters {
  const { query } = usePlace()
  const set = useCallback((changes: Readonly<Record<string, QueryValue>>) => {
    const now = placeNow()
    go(href(now.path, { ...membersOf(now.query), ...changes }), { replace: true })
  }, [])
  return { query, get: (name) => query.get(name) ?? '', set }
}

function membersOf(query: URLSearchParams): Record<string, readonly string[]> {
  return Object.fromEntries([...query.keys()].map((name) => [name, query.getAll(name)]))
}
