/** Columns of the list of traces. */
import type { TraceSummary } from '../../../../src/dashboard/contract/traces.ts'
import { durationText, plural } from '../../format/numbers.ts'
import { Ago } from '../../parts/ago.tsx'
import { Badge } from '../../parts/badge.tsx'
import type { GridColumn } from '../../parts/grid-table.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { traceHref } from '../../routing/href.ts'
import { seriesColor } from '../../theme/series-color.ts'

export interface TraceColumnsInput {
  /** Duration whose bar fills the column. */
  readonly longestMs: number
  /** Ids of the traces that are to be compared. */
  readonly marked: readonly string[]
  readonly toggleMark: (traceId: string) => void
}

export function traceColumns({
  longestMs,
  marked,
  toggleMark,
}: TraceColumnsInput): readonly GridColumn<TraceSummary>[] {
  return [
    {
      head: <span class="sr">Compare</span>,
      width: '1.25rem',
      class: 'hide-narrow',
      cell: ({ traceId, name }) => (
        <input
          type="checkbox"
          class="mark"
          aria-label={`Compare ${name}`}
          title="Mark two to compare them"
          checked={marked.includes(traceId)}
          onClick={(event) => event.stopPropagation()}
          onChange={() => toggleMark(traceId)}
        />
      ),
    },
    { head: 'Request', width: 'minmax(12rem, 2fr)', cell: (trace) => <Request trace={trace} /> },
    {
      head: 'Services',
      width: 'minmax(8rem, 1fr)',
      class: 'hide-narrow',
      cell: ({ services }) => <Services names={services} />,
    },
    { head: 'Spans', width: '4rem', class: 'number hide-narrow', cell: ({ spans }) => spans },
    {
      head: 'Duration',
      width: '10rem',
      class: 'hide-narrow',
      cell: (trace) => <Duration trace={trace} longestMs={longestMs} />,
    },
    {
      head: 'When',
      width: '5.5rem',
      class: 'number muted',
      cell: ({ startMs, durationMs }) => (
        <span class="when">
          <span class="only-narrow">{durationText(durationMs)}</span>
          <Ago atMs={startMs} />
        </span>
      ),
    },
  ]
}

function Request({ trace: { traceId, service, name, errors } }: { readonly trace: TraceSummary }) {
  return (
    <span class="trace-request">
      <ServiceTag name={service} />
      <a class="trace-name truncate" href={traceHref(traceId)} tabIndex={-1}>
        {name}
      </a>
      {errors > 0 && <Badge tone="bad">{plural(errors, 'error')}</Badge>}
    </span>
  )
}

function Services({ names }: { readonly names: readonly string[] }) {
  return (
    <span class="swatches" title={names.join(', ')}>
      {names.slice(0, 8).map((name) => (
        <span key={name} class="swatch" style={{ background: seriesColor(name) }} />
      ))}
      <span class="muted truncate">{names.length === 1 ? names[0] : plural(names.length, 'service')}</span>
    </span>
  )
}

function Duration({
  trace: { durationMs, errors },
  longestMs,
}: {
  readonly trace: TraceSummary
  readonly longestMs: number
}) {
  return (
    <span class="duration">
      <span class="duration-text">{durationText(durationMs)}</span>
      <span
        class="duration-bar"
        data-bad={errors > 0}
        style={{ width: `${Math.max(1.5, (durationMs / longestMs) * 100) * 0.6}%` }}
      />
    </span>
  )
}
