/** Sagas: which transactions are under way, how far each is, and which do not get on by themselves. */
import type { ServiceSagas } from '../../../../src/dashboard/contract/sagas.ts'
import type { SagaSummary } from '../../../../src/service/operations/operations-api.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { countText, plural } from '../../format/numbers.ts'
import { Ago } from '../../parts/ago.tsx'
import { Badge } from '../../parts/badge.tsx'
import { Empty } from '../../parts/empty.tsx'
import { type GridColumn, GridTable } from '../../parts/grid-table.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { WithDot } from '../../parts/with-dot.tsx'
import { go } from '../../routing/place.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { statusTones, troubleTexts } from './saga-tones.ts'

type Row = SagaSummary & { readonly service: string }

const states = [
  ['', 'Every state'],
  ['open', 'Not over'],
  ['trouble', 'In trouble'],
  ['running', 'Running'],
  ['compensating', 'Compensating'],
  ['done', 'Done'],
  ['compensated', 'Compensated'],
] as const

const columns: readonly GridColumn<Row>[] = [
  {
    head: 'Saga',
    width: 'minmax(12rem, 2fr)',
    cell: ({ name, version, service }) => (
      <span class="trace-request">
        <span class="trace-name truncate">
          {name} <span class="faint">v{version}</span>
        </span>
        <ServiceTag name={service} />
      </span>
    ),
  },
  {
    head: 'State',
    width: '9rem',
    cell: ({ status, trouble }) => <WithDot tone={trouble === null ? statusTones[status] : 'bad'}>{status}</WithDot>,
  },
  { head: 'Step', width: 'minmax(6rem, 1fr)', class: 'hide-narrow', cell: ({ step }) => step ?? '–' },
  {
    head: 'Why',
    width: 'minmax(10rem, 2fr)',
    class: 'hide-narrow',
    cell: ({ trouble, error }) => (
      <span class="truncate">
        {trouble !== null && <Badge tone="bad">{troubleTexts[trouble]}</Badge>}{' '}
        {error !== null && <code title={error.reason}>{error.code}</code>}
      </span>
    ),
  },
  {
    head: 'Id',
    width: 'minmax(8rem, 1fr)',
    class: 'hide-narrow',
    cell: ({ id }) => <code class="faint truncate">{id}</code>,
  },
  { head: 'Changed', width: '6rem', class: 'number', cell: ({ changedAt }) => <Ago atMs={Date.parse(changedAt)} /> },
]

export function SagasPage() {
  const filters = useFilters()
  const [state, name] = [filters.get('state'), filters.get('name')]
  const query = {
    ...(state === 'trouble' ? { trouble: true } : state !== '' && { status: state as 'open' }),
    ...(name !== '' && { name }),
    limit: 200,
  }
  const resource = useResource(`sagas/${state}/${name}`, (signal) => api.listSagas({ query }, { signal }), {
    on: ['sagas'],
    everyMs: 2_000,
  })
  const services = resource.value?.services ?? []
  const rows = services
    .flatMap(({ service, sagas }) => (sagas?.instances ?? []).map((saga) => ({ ...saga, service })))
    .toSorted((a, b) => b.begunAt.localeCompare(a.begunAt))
  const names = [...new Set(services.flatMap(({ sagas }) => sagas?.definitions.map((one) => one.name) ?? []))]
  return (
    <div class="page page-full">
      <PageHead title="Sagas" note={noteOf(services)} />
      <div class="toolbar">
        <SelectField label="State" value={state} options={states} onChange={(value) => filters.set({ state: value })} />
        <SelectField
          label="Saga"
          value={name}
          options={[['', 'Every saga'], ...names.map((one) => [one, one] as const)]}
          onChange={(value) => filters.set({ name: value })}
        />
      </div>
      <ResourceView resource={resource}>
        {() =>
          rows.length === 0 ? (
            <NoSagas isFiltered={state !== '' || name !== ''} />
          ) : (
            <GridTable
              label="Sagas"
              rows={rows}
              columns={columns}
              narrowColumns="minmax(0, 1fr) 8rem 5rem"
              keyOf={({ service, id }) => `${service} ${id}`}
              onOpen={({ service, id }) => go(`/sagas/${encodeURIComponent(service)}/${encodeURIComponent(id)}`)}
            />
          )
        }
      </ResourceView>
    </div>
  )
}

function noteOf(services: readonly ServiceSagas[]): string | undefined {
  const counts = services.flatMap(({ sagas }) => sagas?.counts ?? [])
  if (counts.length === 0) return undefined
  const sum = (wanted: readonly string[]): number =>
    counts.reduce((all, { status, instances }) => all + (wanted.includes(status) ? instances : 0), 0)
  return `${plural(sum(['running', 'compensating']), 'saga')} under way, ${countText(sum(['done']))} done, ${countText(sum(['compensated']))} undone`
}

function NoSagas({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) return <Empty icon="sagas" title="No saga fits" />
  return (
    <Empty icon="sagas" title="No saga has begun">
      <p>Each instance appears with its steps for every service that has a coordinator of sagas as a component:</p>
      <pre>{"createService({ name: 'checkout', components: [database, sagas] })"}</pre>
    </Empty>
  )
}
