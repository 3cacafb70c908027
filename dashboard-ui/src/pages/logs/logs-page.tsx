/** Logs: what services say as they say it; filtered, paused, and each record with the trace that it belongs to. */
import { useEffect, useState } from 'preact/hooks'
import type { LogRecordView } from '../../../../src/dashboard/contract/logs.ts'
import { countText, plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { ErrorNote } from '../../parts/error-note.tsx'
import { GridTable } from '../../parts/grid-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { SplitView } from '../../parts/split-view.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { logColumns } from './log-columns.tsx'
import { LogDetail } from './log-detail.tsx'
import { LogFilters, logQueryFrom } from './log-filters.tsx'
import { type LogTail, useLogTail } from './use-log-tail.ts'

export function LogsPage() {
  const filters = useFilters()
  const [isPaused, setPaused] = useState(false)
  const [chosen, setChosen] = useState<LogRecordView | undefined>()
  const query = logQueryFrom(filters.query)
  const tail = useLogTail(query, isPaused)

  useEffect(() => {
    const onKeyDown = ({ key, target, ctrlKey, metaKey }: KeyboardEvent): void => {
      if (
        key === 'p' &&
        !ctrlKey &&
        !metaKey &&
        !(target instanceof HTMLElement && target.matches('input, select, textarea'))
      ) {
        setPaused((before) => !before)
      }
    }
    addEventListener('keydown', onKeyDown)
    return () => removeEventListener('keydown', onKeyDown)
  }, [])

  return (
    <div class="page">
      <PageHead title="Logs" note={noteOf(tail)}>
        {tail.hasOlder && (
          <button type="button" class="button" onClick={tail.loadOlder}>
            Load older
          </button>
        )}
        <button type="button" class="button" aria-pressed={isPaused} onClick={() => setPaused(!isPaused)}>
          <Icon name={isPaused ? 'play' : 'pause'} />
          {isPaused ? `Follow${tail.waiting > 0 ? ` (${countText(tail.waiting)} new)` : ''}` : 'Pause'}
        </button>
      </PageHead>
      <LogFilters filters={filters} />
      {tail.error && (
        <div class="resource-error">
          <ErrorNote error={tail.error} />
        </div>
      )}
      {tail.missed > 0 && (
        <p class="banner">{plural(tail.missed, 'record')} came too fast to be shown; a filter makes it fewer.</p>
      )}
      {tail.isReady && tail.records.length === 0 ? (
        <NoLogs isFiltered={Object.keys(query).length > 0} />
      ) : (
        <SplitView
          side={chosen ? <LogDetail record={chosen} filters={filters} onClose={() => setChosen(undefined)} /> : null}
          sideLabel="Record"
        >
          <GridTable
            label="Logs"
            rows={tail.records}
            columns={logColumns}
            narrowColumns="5.75rem minmax(0, 1fr)"
            keyOf={({ id }) => id}
            rowHeight={28}
            selectedKey={chosen?.id}
            onOpen={(record) => setChosen(record.id === chosen?.id ? undefined : record)}
            isFollowing={!isPaused}
            onScrollAway={() => setPaused(true)}
            rowClass={({ level }) =>
              level === 'error' || level === 'fatal' ? 'log-bad' : level === 'warn' ? 'log-warn' : undefined
            }
          />
        </SplitView>
      )}
    </div>
  )
}

function noteOf({ records, isReady }: LogTail): string {
  if (!isReady) return ''
  return records.length === 0 ? '' : `${countText(records.length)} on this page`
}

function NoLogs({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="logs" title="Nothing fits so far">
        <p>New records that fit appear here by themselves. Take a filter away to see the others.</p>
      </Empty>
    )
  }
  return (
    <Empty icon="logs" title="Nothing was said yet">
      <p>Records appear as services write them: by OTLP, or on standard output where the dashboard runs the service.</p>
    </Empty>
  )
}
