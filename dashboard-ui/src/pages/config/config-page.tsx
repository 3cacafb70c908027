/** Config: the settings in effect, where each comes from, and what was set without effect. */
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { SelectField } from '../../parts/select-field.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { ServiceSettings } from './service-settings.tsx'

export function ConfigPage() {
  const filters = useFilters()
  const resource = useResource('config', (signal) => api.listConfig(undefined, { signal }), {
    on: ['service'],
    everyMs: 15_000,
  })
  const services = (resource.value?.services ?? []).toSorted((a, b) => a.service.localeCompare(b.service))
  const chosen = filters.get('service')
  const shown = services.filter(({ service }) => chosen === '' || service === chosen)
  return (
    <div class="page">
      <PageHead title="Config" note="Settings in effect, and where each comes from" />
      <div class="toolbar">
        <SearchField
          label="Find a setting"
          placeholder="Path, value or origin"
          value={filters.get('find')}
          onSearch={(find) => filters.set({ find })}
        />
        <SelectField
          label="Service"
          value={chosen}
          options={[['', 'All services'], ...services.map(({ service }) => [service, service] as const)]}
          onChange={(service) => filters.set({ service })}
        />
      </div>
      <div class="page-body">
        <ResourceView resource={resource}>
          {() =>
            services.length === 0 ? (
              <Empty icon="config" title="No service that could be asked">
                <p>
                  Settings are read from the admin port of each service that runs in this workspace; secrets never leave
                  the service.
                </p>
              </Empty>
            ) : (
              <div class="stack">
                {shown.map((service) => (
                  <ServiceSettings key={service.service} service={service} find={filters.get('find').toLowerCase()} />
                ))}
              </div>
            )
          }
        </ResourceView>
      </div>
    </div>
  )
}
