/** Two traces side by side: which place in the tree takes longer, and what only one of them has. */
import type {
  ComparedRow,
  ComparedSide,
  TraceComparison,
  TraceSummary,
} from '../../../../src/dashboard/contract/traces.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { durationText, plural } from '../../format/numbers.ts'
import { dateTimeText } from '../../format/times.ts'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { traceHref } from '../../routing/href.ts'
import type { PageProps } from '../../routing/pages.ts'

export function ComparePage({ params: { left = '', right = '' } }: PageProps) {
  const load = (signal: AbortSignal): Promise<TraceComparison> =>
    api.compareTraces({ params: { traceId: left, other: right } }, { signal })
  const resource = useResource(`compare/${left}/${right}`, load)
  return (
    <div class="page">
      <PageHead title="Compare" crumbs={[['Traces', '/traces']]}>
        <a class="button" href={`/traces/${right}/compare/${left}`}>
          Swap
        </a>
      </PageHead>
      <div class="page-body">
        <ResourceView resource={resource}>{(comparison) => <Comparison comparison={comparison} />}</ResourceView>
      </div>
    </div>
  )
}

function Comparison({ comparison: { left, right, rows } }: { readonly comparison: TraceComparison }) {
  const mostMs = Math.max(0.001, ...rows.map(({ differenceMs }) => Math.abs(differenceMs)))
  return (
    <div class="stack">
      <div class="compare-heads">
        <Head title="Left" trace={left} />
        <Head title="Right" trace={right} />
        <div class="card compare-head">
          <h3>Difference</h3>
          <strong class="compare-total">{signedText(right.durationMs - left.durationMs)}</strong>
          <span class="muted">right minus left</span>
        </div>
      </div>
      <div class="table-wrap">
        <table class="table compare-table">
          <thead>
            <tr>
              <th>Span</th>
              <th class="number hide-narrow">Left</th>
              <th class="number">Right</th>
              <th class="number">Difference</th>
              <th class="compare-column">
                <span class="sr">Difference as a bar</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {rows.map((row, at) => (
              <Row key={at} row={row} mostMs={mostMs} />
            ))}
          </tbody>
        </table>
      </div>
    </div>
  )
}

function Head({ title, trace }: { readonly title: string; readonly trace: TraceSummary }) {
  return (
    <div class="card compare-head">
      <h3>{title}</h3>
      <strong>
        <a href={traceHref(trace.traceId)}>{trace.name}</a>
      </strong>
      <span class="muted">
        {durationText(trace.durationMs)} · {plural(trace.spans, 'span')} · {dateTimeText(trace.startMs)}
      </span>
    </div>
  )
}

function Row({
  row: { service, name, depth, left, right, differenceMs },
  mostMs,
}: {
  readonly row: ComparedRow
  readonly mostMs: number
}) {
  const share = (Math.abs(differenceMs) / mostMs) * 50
  const isSlower = differenceMs > 0
  return (
    <tr>
      <td>
        <span class="with-dot" style={{ paddingInlineStart: `${depth * 0.875}rem` }}>
          <ServiceTag name={service} />
          <span>{name}</span>
          {left === null && <span class="faint">only right</span>}
          {right === null && <span class="faint">only left</span>}
        </span>
      </td>
      <td class="number hide-narrow">{sideText(left)}</td>
      <td class="number">{sideText(right)}</td>
      <td class={`number ${isSlower ? 'is-bad' : 'is-ok'}`}>{signedText(differenceMs)}</td>
      <td class="compare-column">
        <span class="compare-bar">
          <span
            data-tone={isSlower ? 'bad' : 'ok'}
            style={isSlower ? { left: '50%', width: `${share}%` } : { right: '50%', width: `${share}%` }}
          />
        </span>
      </td>
    </tr>
  )
}

function sideText(side: ComparedSide | null): string {
  if (side === null) return '–'
  return `${durationText(side.totalMs)}${side.spans > 1 ? ` (${side.spans}×)` : ''}`
}

function signedText(ms: number): string {
  return ms > 0 ? `+${durationText(ms)}` : durationText(ms).replace('-', '−')
}
