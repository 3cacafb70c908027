/** Routes: what each service answers, and trying it. */
import type { ServiceRoutes } from '../../../../src/dashboard/contract/routes.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { SearchField } from '../../parts/search-field.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { RouteForm } from './route-form.tsx'
import { RouteList } from './route-list.tsx'

export function RoutesPage() {
  const filters = useFilters()
  const resource = useResource('routes', (signal) => api.listRoutes(undefined, { signal }), { on: ['service'] })
  const services = (resource.value?.services ?? []).toSorted((a, b) => a.service.localeCompare(b.service))
  const count = services.reduce((sum, { routes }) => sum + routes.length, 0)
  const chosen = chosenRoute(services, filters.get('service'), filters.get('route'))
  const find = filters.get('find').toLowerCase()
  return (
    <div class="page">
      <PageHead
        title="Routes"
        note={count > 0 ? `${plural(count, 'route')} of ${plural(services.length, 'service')}` : undefined}
      />
      <ResourceView resource={resource}>
        {() =>
          services.length === 0 ? (
            <Empty icon="routes" title="No service that could be asked">
              <p>Routes come from the OpenAPI document of each service that runs in this workspace.</p>
            </Empty>
          ) : (
            <div class="explore">
              <div class="explore-list">
                <SearchField
                  label="Find a route"
                  value={filters.get('find')}
                  onSearch={(text) => filters.set({ find: text })}
                />
                <RouteList
                  services={services}
                  find={find}
                  chosen={chosen && `${chosen.service} ${chosen.method} ${chosen.path}`}
                  onChoose={(service, { method, path }) => filters.set({ service, route: `${method} ${path}` })}
                />
              </div>
              <div class="explore-main">
                {chosen ? (
                  <RouteForm key={`${chosen.service} ${chosen.method} ${chosen.path}`} {...chosen} />
                ) : (
                  <Empty icon="routes" title="Choose a route">
                    <p>Its form is made from the service’s own OpenAPI document; the answer comes with its trace.</p>
                  </Empty>
                )}
              </div>
            </div>
          )
        }
      </ResourceView>
    </div>
  )
}

function chosenRoute(services: readonly ServiceRoutes[], name: string, route: string) {
  const found = services.find(({ service }) => service === name)
  const view =
    found?.routes.find(({ method, path }) => `${method} ${path}` === route) ??
    (route === '' ? found?.routes[0] : undefined)
  return found && view ? { service: found.service, url: found.url, method: view.method, path: view.path } : undefined
}
