/** One span: when it ran, for how long, what it said about itself, and what was logged meanwhile. */
import type { LogRecordView } from '../../../../src/dashboard/contract/logs.ts'
import type { SpanView, TraceView } from '../../../../src/dashboard/contract/traces.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { durationText } from '../../format/numbers.ts'
import { clockText } from '../../format/times.ts'
import { AttributeList, attributeText } from '../../parts/attribute-list.tsx'
import { Badge } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { href, traceHref } from '../../routing/href.ts'
import { useEscape } from '../../shell/use-escape.ts'

export interface SpanDetailProps {
  readonly trace: TraceView
  readonly span: SpanView
  readonly onClose: () => void
}

export function SpanDetail({ trace, span, onClose }: SpanDetailProps) {
  useEscape(onClose)
  const searchFor = (name: string, value: string): string => href('/traces', { attribute: [`${name}=${value}`] })
  return (
    <div class="side">
      <div class="side-head">
        <div>
          <ServiceTag name={span.service} isLink />
          <h2>{span.name}</h2>
        </div>
        <button
          type="button"
          class="button button-quiet button-small button-icon"
          aria-label="Close the span"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      {span.status === 'error' && (
        <div class="note" data-tone="bad">
          <strong>Failed</strong> {failureOf(span)}
        </div>
      )}
      <dl class="pairs">
        <dt>Duration</dt>
        <dd>
          {durationText(span.durationMs)} {span.isCritical && <Badge>on the critical path</Badge>}
        </dd>
        <dt>Of its own</dt>
        <dd>{durationText(span.selfMs)}</dd>
        <dt>Begins at</dt>
        <dd>{durationText(span.startMs - trace.startMs)}</dd>
        <dt>Kind</dt>
        <dd>{span.kind}</dd>
        <dt>Made by</dt>
        <dd>{span.scope || '–'}</dd>
        <dt>Span id</dt>
        <dd class="with-dot">
          <code>{span.spanId}</code>
          <CopyButton label="Copy the span id" text={span.spanId} />
        </dd>
      </dl>
      <section class="section">
        <h3>Attributes</h3>
        <AttributeList attributes={span.attributes} hrefOf={searchFor} />
      </section>
      {span.events.length > 0 && <SpanEvents trace={trace} span={span} />}
      {span.links.length > 0 && <SpanLinks span={span} />}
      <SpanLogs trace={trace} span={span} />
      <section class="section">
        <h3>Process</h3>
        <AttributeList attributes={span.resource} />
      </section>
      {span.dropped > 0 && (
        <p class="is-warn">{span.dropped} attributes, events or links were left out by the limits of the process.</p>
      )}
    </div>
  )
}

/** Its own words, or else the type of the error. */
function failureOf({ statusMessage, attributes }: SpanView): string {
  const type = attributes['error.type']
  return statusMessage !== '' || type === undefined ? statusMessage : attributeText(type)
}

interface PartProps {
  readonly trace: TraceView
  readonly span: SpanView
}

function SpanEvents({ trace, span }: PartProps) {
  return (
    <section class="section">
      <h3>Events</h3>
      {span.events.map((event) => (
        <div key={`${event.atMs} ${event.name}`}>
          <strong>{event.name}</strong> <span class="faint">at {durationText(event.atMs - trace.startMs)}</span>
          <AttributeList attributes={event.attributes} />
        </div>
      ))}
    </section>
  )
}

function SpanLinks({ span }: { readonly span: SpanView }) {
  return (
    <section class="section">
      <h3>Links</h3>
      {span.links.map(({ traceId, spanId }) => (
        <a key={spanId} href={traceHref(traceId, spanId)} class="mono">
          {traceId.slice(0, 16)}…
        </a>
      ))}
    </section>
  )
}

function SpanLogs({ trace: { traceId }, span: { spanId } }: PartProps) {
  const logs = useResource(
    `span-logs/${spanId}`,
    (signal) => api.searchLogs({ query: { traceId, spanId, limit: 20 } }, { signal }),
    {
      on: ['logs'],
    },
  )
  const records = logs.value?.records.toReversed() ?? []
  return (
    <section class="section">
      <div class="section-head">
        <h3>Logs</h3>
        <a href={href('/logs', { traceId })}>All of the trace</a>
      </div>
      {records.length === 0 ? (
        <p class="faint">It logged nothing.</p>
      ) : (
        records.map((record) => <LogLine key={record.id} record={record} />)
      )}
    </section>
  )
}

function LogLine({ record: { atMs, level, message } }: { readonly record: LogRecordView }) {
  return (
    <div class="span-log">
      <span class="faint">{clockText(atMs)}</span>{' '}
      <span class="level" data-level={level}>
        {level}
      </span>{' '}
      {message}
    </div>
  )
}
