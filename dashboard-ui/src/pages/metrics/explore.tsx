/** Any series over time: the metrics by name at the side, the chosen one as a plot, split by any of its attributes. */
import type { Aggregate, MetricView } from '../../../../src/dashboard/contract/metrics.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import type { Filters } from '../../routing/use-filters.ts'
import { SeriesPlot } from './series-plot.tsx'

const aggregatesByKind: Readonly<Record<MetricView['kind'], readonly Aggregate[]>> = {
  counter: ['rate', 'value'],
  gauge: ['value'],
  histogram: ['p50', 'p90', 'p99', 'avg', 'rate'],
  summary: ['avg', 'rate'],
}

export function Explore({ filters }: { readonly filters: Filters }) {
  const service = filters.get('service')
  const resource = useResource(
    `metrics/${service}`,
    (signal) => api.listMetrics({ query: service === '' ? {} : { service } }, { signal }),
    {
      everyMs: 15_000,
    },
  )
  return (
    <ResourceView resource={resource}>
      {({ metrics }) => (metrics.length === 0 ? <NoMetrics /> : <Metrics metrics={metrics} filters={filters} />)}
    </ResourceView>
  )
}

function Metrics({ metrics, filters }: { readonly metrics: readonly MetricView[]; readonly filters: Filters }) {
  const search = filters.get('find').toLowerCase()
  const shown = metrics.filter(({ name, description }) => `${name} ${description}`.toLowerCase().includes(search))
  const chosen = metrics.find(({ name }) => name === filters.get('metric')) ?? shown[0]
  return (
    <div class="explore">
      <div class="explore-list">
        <SearchField label="Find a metric" value={filters.get('find')} onSearch={(find) => filters.set({ find })} />
        <ul aria-label="Metrics">
          {shown.map((metric) => (
            <li key={metric.name}>
              <button
                type="button"
                class="metric-button"
                aria-pressed={metric === chosen}
                title={metric.description}
                onClick={() => filters.set({ metric: metric.name, by: '', aggregate: '' })}
              >
                <span class="truncate mono">{metric.name}</span>
                <span class="faint">{metric.series}</span>
              </button>
            </li>
          ))}
        </ul>
      </div>
      <div class="explore-main">
        {chosen ? <Chosen metric={chosen} filters={filters} /> : <p class="muted">No metric has this in its name.</p>}
      </div>
    </div>
  )
}

function Chosen({ metric, filters }: { readonly metric: MetricView; readonly filters: Filters }) {
  const aggregates = aggregatesByKind[metric.kind]
  const wanted = filters.get('aggregate')
  const aggregate =
    aggregates.find((one) => one === wanted) ?? (metric.kind === 'histogram' ? 'p99' : (aggregates[0] ?? 'value'))
  const by = metric.attributes.includes(filters.get('by')) ? filters.get('by') : ''
  return (
    <div class="stack">
      <header class="section">
        <h2 class="mono">{metric.name}</h2>
        <p class="muted">
          {metric.description || 'No description.'}{' '}
          <span class="faint">
            {metric.kind}
            {metric.unit && `, ${metric.unit}`}, {plural(metric.series, 'series', 'series')},{' '}
            {plural(metric.services.length, 'service')}
          </span>
        </p>
        <div class="link-row">
          {aggregates.length > 1 && (
            <Segmented
              label="Value"
              value={aggregate}
              options={aggregates.map((one) => [one, one] as const)}
              onChange={(value) => filters.set({ aggregate: value })}
            />
          )}
          <SelectField
            label="Split by"
            value={by}
            options={[['', 'Each series'], ...metric.attributes.map((name) => [name, `By ${name}`] as const)]}
            onChange={(value) => filters.set({ by: value })}
          />
          <Segmented
            label="Time"
            value={filters.get('range')}
            options={[
              ['5m', '5 min'],
              ['', '15 min'],
              ['1h', '1 h'],
              ['6h', '6 h'],
            ]}
            onChange={(range) => filters.set({ range })}
          />
        </div>
      </header>
      <SeriesPlot
        metric={metric}
        aggregate={aggregate}
        by={by}
        range={filters.get('range')}
        service={filters.get('service')}
      />
    </div>
  )
}

function NoMetrics() {
  return (
    <Empty icon="metrics" title="No metric yet">
      <p>Metrics arrive by OTLP every few seconds. A service sends them here once its endpoint is set:</p>
      <pre>OTEL_EXPORTER_OTLP_ENDPOINT={location.origin}</pre>
    </Empty>
  )
}
