/** One saga: its state machine, what has happened to it, who has it, and helping it. */
import { useState } from 'preact/hooks'
import type { SagaView } from '../../../../src/service/operations/operations-api.ts'
import { api } from '../../api/api.ts'
import { type ApiError, toApiError } from '../../api/api-error.ts'
import { useResource } from '../../api/use-resource.ts'
import { clockText, dateTimeText } from '../../format/times.ts'
import { Ago } from '../../parts/ago.tsx'
import { Badge } from '../../parts/badge.tsx'
import { CopyButton } from '../../parts/copy-button.tsx'
import { ErrorNote } from '../../parts/error-note.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { traceHref } from '../../routing/href.ts'
import type { PageProps } from '../../routing/pages.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { useMayRepair } from '../../shell/use-may-repair.ts'
import { statusTones, troubleTexts } from './saga-tones.ts'
import { StepGraph } from './step-graph.tsx'

export function SagaPage({ params }: PageProps) {
  const { service = '', id = '' } = params
  const filters = useFilters()
  const [withPayload, setPayload] = useState(false)
  const resource = useResource(
    `saga/${service}/${id}/${withPayload}`,
    (signal) =>
      api.readSaga({ params: { name: service, id }, query: withPayload ? { payload: true } : {} }, { signal }),
    { on: ['sagas'], everyMs: 2_000 },
  )
  const step = filters.get('step')
  const saga = resource.value
  return (
    <div class="page">
      <PageHead
        title={saga?.name ?? 'Saga'}
        crumbs={[['Sagas', '/sagas']]}
        note={saga && <Badge tone={saga.trouble === null ? statusTones[saga.status] : 'bad'}>{saga.status}</Badge>}
      >
        {saga && <Actions saga={saga} onChanged={resource.reload} />}
      </PageHead>
      <div class="page-body">
        <ResourceView resource={resource}>
          {(saga) => (
            <div class="stack">
              {saga.trouble !== null && (
                <div class="note" data-tone="bad">
                  <span>
                    <strong>It does not get on:</strong> {troubleTexts[saga.trouble]}.
                    {saga.error !== null && ` ${saga.error.reason}`}
                  </span>
                </div>
              )}
              <StepGraph
                steps={saga.steps}
                chosen={step}
                onChoose={(name) => filters.set({ step: name === step ? '' : name })}
              />
              <div class="saga-parts">
                <History saga={saga} step={step} />
                <Facts saga={saga} withPayload={withPayload} onPayload={() => setPayload(!withPayload)} />
              </div>
            </div>
          )}
        </ResourceView>
      </div>
    </div>
  )
}

function Actions({
  saga: { service, id, canRetry, canCancel },
  onChanged,
}: {
  readonly saga: SagaView
  readonly onChanged: () => void
}) {
  const [error, setError] = useState<ApiError | undefined>()
  const [isSure, setSure] = useState(false)
  if (!useMayRepair()) return null
  const change = async (call: typeof api.retrySaga | typeof api.cancelSaga): Promise<void> => {
    setError(undefined)
    await call({ params: { name: service, id } }).catch((thrown: unknown) => setError(toApiError(thrown)))
    onChanged()
  }
  return (
    <>
      {error && <ErrorNote error={error} />}
      {canRetry && (
        <button type="button" class="button button-small" onClick={() => void change(api.retrySaga)}>
          Retry now
        </button>
      )}
      {canCancel && (
        <button
          type="button"
          class="button button-small"
          onBlur={() => setSure(false)}
          onClick={() => {
            if (isSure) void change(api.cancelSaga)
            setSure(!isSure)
          }}
        >
          {isSure ? 'Really undo it' : 'Cancel'}
        </button>
      )}
    </>
  )
}

function History({ saga: { history }, step }: { readonly saga: SagaView; readonly step: string }) {
  const shown = history.filter((entry) => step === '' || entry.step === step)
  return (
    <section class="section">
      <h2>{step === '' ? 'History' : `History of ${step}`}</h2>
      <div class="table-wrap">
        <table class="table" aria-label="History">
          <tbody>
            {shown.map((entry, at) => (
              <tr key={at}>
                <td class="faint saga-time" title={dateTimeText(Date.parse(entry.at))}>
                  {clockText(Date.parse(entry.at))}
                </td>
                <td>
                  <strong>{entry.step ?? ''}</strong> {entry.kind}
                  {(entry.attempt ?? 1) > 1 && <span class="muted">, attempt {entry.attempt}</span>}
                  {entry.code !== null && (
                    <div class={entry.kind === 'turned' ? 'is-warn' : 'is-bad'}>
                      <code>{entry.code}</code> {entry.reason}
                    </div>
                  )}
                  {entry.output !== null && <pre class="letter-payload">{entry.output}</pre>}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      </div>
      {shown.length === 0 && <p class="faint">Nothing has happened yet.</p>}
    </section>
  )
}

interface FactsProps {
  readonly saga: SagaView
  readonly withPayload: boolean
  readonly onPayload: () => void
}

function Facts({ saga, withPayload, onPayload }: FactsProps) {
  const { service, id, version, begunAt, traceId, owner, epoch, leaseUntil, due, deadline, input } = saga
  return (
    <section class="section">
      <h2>Instance</h2>
      <dl class="pairs">
        <dt>Service</dt>
        <dd>
          <ServiceTag name={service} isLink />
        </dd>
        <dt>Id</dt>
        <dd class="with-dot">
          <code class="truncate">{id}</code>
          <CopyButton label="Copy the id" text={id} />
        </dd>
        <dt>Definition</dt>
        <dd>version {version}</dd>
        <dt>Begun</dt>
        <dd>
          <Ago atMs={Date.parse(begunAt)} />
        </dd>
        <dt>Trace</dt>
        <dd>{traceId === null ? '–' : <a href={traceHref(traceId)}>Its trace</a>}</dd>
        <dt>Owner</dt>
        <dd>{owner === null ? 'nobody' : <code class="truncate">{owner}</code>}</dd>
        <dt>Fence</dt>
        <dd>{epoch}</dd>
        {owner !== null && leaseUntil !== null && (
          <>
            <dt>Lease until</dt>
            <dd>{clockText(Date.parse(leaseUntil))}</dd>
          </>
        )}
        {due !== null && (
          <>
            <dt>Next attempt</dt>
            <dd>{dateTimeText(Date.parse(due))}</dd>
          </>
        )}
        {deadline !== null && (
          <>
            <dt>Deadline</dt>
            <dd>{dateTimeText(Date.parse(deadline))}</dd>
          </>
        )}
      </dl>
      <label class="letters-payload">
        <input type="checkbox" class="mark" checked={withPayload} onChange={onPayload} />
        Show input and output, secrets hidden
      </label>
      {input !== null && <pre class="letter-payload">{input}</pre>}
    </section>
  )
}
