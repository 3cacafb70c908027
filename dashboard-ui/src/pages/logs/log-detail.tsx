/** One record of the logs, in full. */
import type { LogRecordView } from '../../../../src/dashboard/contract/logs.ts'
import { dateTimeText } from '../../format/times.ts'
import { AttributeList } from '../../parts/attribute-list.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { Icon } from '../../parts/icon.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { href, traceHref } from '../../routing/href.ts'
import type { Filters } from '../../routing/use-filters.ts'
import { useEscape } from '../../shell/use-escape.ts'

export interface LogDetailProps {
  readonly record: LogRecordView
  readonly filters: Filters
  readonly onClose: () => void
}

export function LogDetail({ record, filters, onClose }: LogDetailProps) {
  useEscape(onClose)
  const { atMs, level, service, message, attributes, traceId, spanId, source } = record
  const filterHref = (name: string, value: string): string =>
    href('/logs', {
      ...Object.fromEntries(filters.query),
      attribute: [...filters.query.getAll('attribute'), `${name}=${value}`],
    })
  return (
    <div class="side">
      <div class="side-head">
        <div>
          <ServiceTag name={service} isLink />{' '}
          <span class="level" data-level={level}>
            {level}
          </span>
          <div class="muted">{dateTimeText(atMs)}</div>
        </div>
        <CopyButton label="Copy the record" text={JSON.stringify(record, null, 2)} />
        <button
          type="button"
          class="button button-quiet button-small button-icon"
          aria-label="Close the record"
          onClick={onClose}
        >
          <Icon name="close" />
        </button>
      </div>
      <pre class="code">{message}</pre>
      {traceId !== null && (
        <div class="link-row">
          <a class="button button-small" href={traceHref(traceId, spanId ?? undefined)}>
            Open its trace
          </a>
          <a class="button button-small" href={href('/logs', { traceId })}>
            Logs of the trace
          </a>
        </div>
      )}
      <section class="section">
        <h3>Attributes</h3>
        <AttributeList attributes={attributes} hrefOf={filterHref} />
      </section>
      <p class="faint">{source === 'otlp' ? 'Sent by OTLP' : 'A line of its output'}</p>
    </div>
  )
}
