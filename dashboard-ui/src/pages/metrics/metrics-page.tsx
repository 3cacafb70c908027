/** Metrics: rate, errors and duration of each route, and any other series over time. */
import { PageHead } from '../../parts/page-head.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import { href } from '../../routing/href.ts'
import { useFilters } from '../../routing/use-filters.ts'
import { useServices } from '../../shell/use-services.ts'
import { Explore } from './explore.tsx'
import { RedRoutes } from './red-routes.tsx'

export function MetricsPage() {
  const filters = useFilters()
  const services = useServices()
  const isExploring = filters.get('view') === 'explore'
  const service = filters.get('service')
  const kept = { service }
  return (
    <div class="page">
      <PageHead title="Metrics">
        <SelectField
          label="Service"
          value={service}
          options={[['', 'All services'], ...services.map(({ name }) => [name, name] as const)]}
          onChange={(value) => filters.set({ service: value, route: '' })}
        />
      </PageHead>
      <nav class="tabs" aria-label="Metrics">
        <a class="tab" href={href('/series', kept)} aria-current={isExploring ? undefined : 'page'}>
          Routes
        </a>
        <a
          class="tab"
          href={href('/series', { ...kept, view: 'explore' })}
          aria-current={isExploring ? 'page' : undefined}
        >
          All series
        </a>
      </nav>
      {isExploring ? <Explore filters={filters} /> : <RedRoutes filters={filters} />}
    </div>
  )
}
