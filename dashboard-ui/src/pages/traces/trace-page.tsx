/** One trace: its waterfall, the path that it waited for, and each span in detail. */
import { useEffect, useMemo, useState } from 'preact/hooks'
import type { TraceView } from '../../../../src/dashboard/contract/traces.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { durationText, plural } from '../../format/numbers.ts'
import { dateTimeText } from '../../format/times.ts'
import { Badge } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SplitView } from '../../parts/split-view.tsx'
import { href } from '../../routing/href.ts'
import type { PageProps } from '../../routing/pages.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { SpanDetail } from './span-detail.tsx'
import { TraceServices } from './trace-services.tsx'
import { Waterfall } from './waterfall.tsx'
import { waterfallRows } from './waterfall-rows.ts'

/** A trace that has just begun is asked for again, until it is whole or old enough. */
const arrivalMs = 1_500
const patienceMs = 15_000

export function TracePage({ params: { traceId = '' } }: PageProps) {
  const load = (signal: AbortSignal): Promise<TraceView> => api.readTrace({ params: { traceId } }, { signal })
  const [isSettled, setSettled] = useState(false)
  const resource = useResource(`trace/${traceId}`, load, isSettled ? {} : { everyMs: arrivalMs })
  const trace = resource.value
  useEffect(
    () => setSettled(trace !== undefined && (trace.isComplete || Date.now() - trace.startMs > patienceMs)),
    [trace],
  )
  return (
    <div class="page">
      <PageHead title={trace?.name ?? 'Trace'} crumbs={[['Traces', '/traces']]} note={trace && <Note trace={trace} />}>
        <a class="button" href={href('/logs', { traceId })}>
          Logs
        </a>
        <a class="button" href={href('/traces', { mark: traceId })}>
          Compare with …
        </a>
      </PageHead>
      {resource.error?.code === 'UNKNOWN_TRACE' && trace === undefined ? (
        <UnknownTrace traceId={traceId} />
      ) : (
        <ResourceView resource={resource}>{(value) => <Trace trace={value} />}</ResourceView>
      )}
    </div>
  )
}

function Note({ trace: { traceId, durationMs, startMs, spans, errors, isComplete } }: { readonly trace: TraceView }) {
  return (
    <span class="trace-note">
      <strong>{durationText(durationMs)}</strong>
      <span>{plural(spans, 'span')}</span>
      {errors > 0 && <Badge tone="bad">{plural(errors, 'error')}</Badge>}
      {!isComplete && (
        <Badge title="Its root, or a parent that a span names, is not here: the caller may not send its spans">
          partial
        </Badge>
      )}
      <span>{dateTimeText(startMs)}</span>
      <span class="trace-id">
        <code title={traceId}>{traceId.slice(0, 8)}</code>
        <CopyButton label="Copy the trace id" text={traceId} />
      </span>
    </span>
  )
}

function Trace({ trace }: { readonly trace: TraceView }) {
  const filters = useFilters()
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set())
  const rows = useMemo(() => waterfallRows(trace.tree, closed), [trace, closed])
  const chosen = trace.tree.find(({ spanId }) => spanId === filters.get('span'))
  const toggle = (spanId: string): void => {
    const next = new Set(closed)
    if (!next.delete(spanId)) next.add(spanId)
    setClosed(next)
  }
  return (
    <SplitView
      sideLabel="Span"
      side={chosen ? <SpanDetail trace={trace} span={chosen} onClose={() => filters.set({ span: '' })} /> : null}
    >
      <TraceServices trace={trace} />
      <Waterfall
        trace={trace}
        rows={rows}
        chosen={chosen?.spanId}
        onChoose={(spanId) => filters.set({ span: spanId === chosen?.spanId ? '' : spanId })}
        onToggle={toggle}
      />
      {trace.droppedSpans > 0 && (
        <p class="banner">{plural(trace.droppedSpans, 'span')} of it were left out: a trace keeps 10,000.</p>
      )}
    </SplitView>
  )
}

function UnknownTrace({ traceId }: { readonly traceId: string }) {
  return (
    <Empty icon="traces" title="This trace is not here">
      <p>
        <code>{traceId}</code> has not arrived, was not sampled, or was dropped to make room. Its{' '}
        <a href={href('/logs', { traceId })}>logs</a> may still be there. If it is on its way, it appears here by
        itself.
      </p>
    </Empty>
  )
}
