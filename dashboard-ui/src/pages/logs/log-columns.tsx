/** Columns of the logs: dense, one line each. */
import type { LogRecordView } from '../../../../src/dashboard/contract/logs.ts'
import { clockText } from '../../format/times.ts'
import { attributeText } from '../../parts/attribute-list.tsx'
import type { GridColumn } from '../../parts/grid-table.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { traceHref } from '../../routing/href.ts'

export const logColumns: readonly GridColumn<LogRecordView>[] = [
  { head: 'Time', width: '5.75rem', class: 'mono faint log-time', cell: ({ atMs }) => clockText(atMs) },
  {
    head: 'Level',
    width: '3rem',
    class: 'hide-narrow',
    cell: ({ level }) => (
      <span class="level" data-level={level}>
        {level}
      </span>
    ),
  },
  { head: 'Service', width: '7.5rem', class: 'hide-narrow', cell: ({ service }) => <ServiceTag name={service} /> },
  { head: 'Message', width: 'minmax(0, 1fr)', cell: (record) => <Message record={record} /> },
  {
    head: 'Trace',
    width: '5rem',
    class: 'hide-narrow mono',
    cell: ({ traceId, spanId }) =>
      traceId !== null && (
        <a href={traceHref(traceId, spanId ?? undefined)} tabIndex={-1}>
          {traceId.slice(0, 8)}
        </a>
      ),
  },
]

function Message({ record: { message, attributes, service, level } }: { readonly record: LogRecordView }) {
  return (
    <>
      <span class="only-narrow">
        <ServiceTag name={service} />{' '}
      </span>
      <span class={level === 'error' || level === 'fatal' ? 'is-bad' : undefined}>{message}</span>
      <span class="log-attributes">
        {Object.entries(attributes).map(([name, value]) => (
          <span key={name}>
            {' '}
            <span class="faint">{name}=</span>
            {attributeText(value)}
          </span>
        ))}
      </span>
    </>
  )
}
