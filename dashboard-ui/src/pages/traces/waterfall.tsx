/**
 * The waterfall: spans as bars on one axis of time.
 *
 *   name in its service's colour │ 0 ms      20 ms      40 ms
 *   ▾ gateway POST /orders       │ ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓
 *     ▾ orders POST /orders      │    ▓▓▓▓▓▓▓▓▓▓▓▓▓▓▓         the line below a bar: what the whole trace waited for
 */
import { useMemo } from 'preact/hooks'
import type { CriticalSegment, SpanView, TraceView } from '../../../../src/dashboard/contract/traces.ts'
import { durationText } from '../../format/numbers.ts'
import { type GridColumn, GridTable } from '../../parts/grid-table.tsx'
import { Icon } from '../../parts/icon.tsx'
import { seriesColor } from '../../theme/series-color.ts'
import { timeTicks } from './time-ticks.ts'
import type { WaterfallRow } from './waterfall-rows.ts'

export interface WaterfallProps {
  readonly trace: TraceView
  readonly rows: readonly WaterfallRow[]
  readonly chosen: string | undefined
  readonly onChoose: (spanId: string) => void
  readonly onToggle: (spanId: string) => void
}

export function Waterfall({ trace, rows, chosen, onChoose, onToggle }: WaterfallProps) {
  const segments = useMemo(() => Map.groupBy(trace.criticalPath, ({ spanId }) => spanId), [trace])
  const ticks = timeTicks(trace.durationMs)
  const columns: readonly GridColumn<WaterfallRow>[] = [
    { head: 'Span', width: 'minmax(14rem, 38%)', cell: (row) => <SpanName row={row} onToggle={onToggle} /> },
    {
      head: <Axis ticks={ticks} durationMs={trace.durationMs} />,
      width: 'minmax(0, 1fr)',
      class: 'waterfall-time',
      cell: ({ span }) => <Bar trace={trace} span={span} ticks={ticks} segments={segments.get(span.spanId) ?? []} />,
    },
  ]
  return (
    <GridTable
      label="Spans"
      rows={rows}
      columns={columns}
      narrowColumns="minmax(0, 1fr) minmax(0, 1fr)"
      keyOf={({ span }) => span.spanId}
      rowHeight={32}
      selectedKey={chosen}
      onOpen={({ span }) => onChoose(span.spanId)}
      rowClass={({ span }) => (span.status === 'error' ? 'is-failed' : undefined)}
    />
  )
}

interface SpanNameProps {
  readonly row: WaterfallRow
  readonly onToggle: (spanId: string) => void
}

function SpanName({ row: { span, below, isClosed }, onToggle }: SpanNameProps) {
  return (
    <span class="span-name" style={{ paddingInlineStart: `${Math.min(span.depth, 12) * 0.875}rem` }}>
      {below > 0 ? (
        <button
          type="button"
          class="span-toggle"
          tabIndex={-1}
          aria-expanded={!isClosed}
          aria-label={`Spans below ${span.name}`}
          onClick={() => onToggle(span.spanId)}
        >
          <Icon name="chevron" />
        </button>
      ) : (
        <span class="span-toggle" />
      )}
      <span class="swatch" style={{ background: seriesColor(span.service) }} />
      <span class="span-service">{span.service}</span>
      <span class="span-operation truncate">{span.name}</span>
      {isClosed && <span class="faint">({below})</span>}
      {span.status === 'error' && (
        <span class="is-bad" title={span.statusMessage}>
          <Icon name="alert" />
          <span class="sr">failed</span>
        </span>
      )}
    </span>
  )
}

function Axis({ ticks, durationMs }: { readonly ticks: readonly number[]; readonly durationMs: number }) {
  return (
    <span class="axis">
      {ticks.map((atMs) => (
        <span
          key={atMs}
          data-end={shareOf(atMs, durationMs) > 0.93}
          style={{ left: `${shareOf(atMs, durationMs) * 100}%` }}
        >
          {durationText(atMs)}
        </span>
      ))}
    </span>
  )
}

interface BarProps {
  readonly trace: TraceView
  readonly span: SpanView
  readonly ticks: readonly number[]
  readonly segments: readonly CriticalSegment[]
}

function Bar({ trace, span, ticks, segments }: BarProps) {
  const left = shareOf(span.startMs - trace.startMs, trace.durationMs)
  const width = shareOf(span.durationMs, trace.durationMs)
  const place = textPlace(left, width)
  return (
    <span class="bar-track">
      {ticks.map((atMs) => (
        <span key={atMs} class="bar-tick" style={{ left: `${shareOf(atMs, trace.durationMs) * 100}%` }} />
      ))}
      <span
        class="bar"
        style={{ left: `${left * 100}%`, width: `max(2px, ${width * 100}%)`, background: seriesColor(span.service) }}
      />
      {segments.map((segment) => (
        <span
          key={segment.startMs}
          class="bar-critical"
          style={{
            left: `${shareOf(segment.startMs - trace.startMs, trace.durationMs) * 100}%`,
            width: `max(1px, ${shareOf(segment.durationMs, trace.durationMs) * 100}%)`,
          }}
        />
      ))}
      <span class="bar-text" data-inside={place.isInside} style={place.style}>
        {durationText(span.durationMs)}
      </span>
    </span>
  )
}

/** Behind the bar where there is room, else before it, else inside at its end. */
function textPlace(
  left: number,
  width: number,
): { readonly isInside: boolean; readonly style: Record<string, string> } {
  const end = left + width
  if (end < 0.82) return { isInside: false, style: { left: `calc(${end * 100}% + 6px)` } }
  if (left > 0.18) return { isInside: false, style: { right: `calc(${(1 - left) * 100}% + 6px)` } }
  return { isInside: true, style: { right: `calc(${(1 - end) * 100}% + 6px)` } }
}

function shareOf(ms: number, wholeMs: number): number {
  return wholeMs <= 0 ? 0 : Math.min(1, Math.max(0, ms / wholeMs))
}
