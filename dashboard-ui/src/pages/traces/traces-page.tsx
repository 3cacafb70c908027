/** Traces: the search, and what it found, kept fresh while the first page is looked at. */
import { useCallback } from 'preact/hooks'
import type { TraceSummary } from '../../../../src/dashboard/contract/traces.ts'
import { api } from '../../api/api.ts'
import { usePages } from '../../api/use-pages.ts'
import { Empty } from '../../parts/empty.tsx'
import { ErrorNote } from '../../parts/error-note.tsx'
import { GridTable } from '../../parts/grid-table.tsx'
import { LoadMore } from '../../parts/load-more.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { traceHref } from '../../routing/href.ts'
import { go } from '../../routing/place.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { CompareBar } from './compare-bar.tsx'
import { traceColumns } from './trace-columns.tsx'
import { queryFrom, TraceFilters } from './trace-filters.tsx'

export function TracesPage() {
  const filters = useFilters()
  const query = queryFrom(filters.query)
  const load = useCallback(
    async (cursor: string | undefined, signal: AbortSignal) => {
      const { traces, next } = await api.searchTraces(
        { query: { ...query, ...(cursor !== undefined && { cursor }) } },
        { signal },
      )
      return { rows: traces, next }
    },
    [JSON.stringify(query)],
  )
  const found = usePages<TraceSummary>(`traces/${JSON.stringify(query)}`, load, { on: ['trace'] })
  const marked = filters.query.getAll('mark')
  const toggleMark = (traceId: string): void => {
    const others = marked.filter((id) => id !== traceId)
    filters.set({ mark: others.length < marked.length ? others : [...others.slice(-1), traceId] })
  }
  const longestMs = Math.max(1, ...found.rows.map(({ durationMs }) => durationMs))
  return (
    <div class="page">
      <PageHead title="Traces" note="One request across services" />
      <TraceFilters filters={filters} />
      {marked.length > 0 && <CompareBar marked={marked} onClear={() => filters.set({ mark: '' })} />}
      {found.error && (
        <div class="resource-error">
          <ErrorNote error={found.error} onRetry={found.reload} />
        </div>
      )}
      {found.isReady && found.rows.length === 0 ? (
        <NoTraces isFiltered={Object.keys(query).length > 0} />
      ) : (
        <GridTable
          label="Traces"
          rows={found.rows}
          columns={traceColumns({ longestMs, marked, toggleMark })}
          narrowColumns="minmax(0, 1fr) auto"
          keyOf={({ traceId }) => traceId}
          onOpen={({ traceId }) => go(traceHref(traceId))}
          rowHeight={44}
          foot={<LoadMore pages={found} />}
        />
      )}
    </div>
  )
}

function NoTraces({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="traces" title="No trace fits">
        <p>Take a filter away, or look further back: old traces are dropped as new ones need their place.</p>
      </Empty>
    )
  }
  return (
    <Empty icon="traces" title="No trace yet">
      <p>
        A trace appears a second after its request was answered. Send one under <a href="/routes">Routes</a>, or from a
        shell.
      </p>
    </Empty>
  )
}
