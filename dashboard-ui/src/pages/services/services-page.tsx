/** Services: what runs, how it is, what it costs, one row each. */

import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { useServiceList } from '../../shell/use-services.ts'
import { FailedLately } from './failed-lately.tsx'
import { ServiceRow } from './service-row.tsx'
import { useUsage } from './use-usage.ts'

export function ServicesPage() {
  const resource = useServiceList()
  const { services } = resource
  const usage = useUsage(services, resource.value)
  return (
    <div class="page">
      <PageHead
        title="Services"
        note={services.length > 0 ? summaryOf(services.map(({ state }) => state)) : undefined}
      />
      <div class="page-body">
        <ResourceView resource={resource}>
          {() =>
            services.length === 0 ? (
              <NoServices />
            ) : (
              <div class="stack">
                <div class="table-wrap">
                  <table class="table services-table">
                    <thead>
                      <tr>
                        <th>Service</th>
                        <th>State</th>
                        <th class="number">Requests</th>
                        <th class="number">Errors</th>
                        <th class="number">p99</th>
                        <th>CPU</th>
                        <th>Memory</th>
                        <th class="number">Restarts</th>
                        <th>
                          <span class="sr">Actions</span>
                        </th>
                      </tr>
                    </thead>
                    <tbody>
                      {services.map((service) => (
                        <ServiceRow key={service.name} service={service} usage={usage.get(service.name)} />
                      ))}
                    </tbody>
                  </table>
                </div>
                <FailedLately />
              </div>
            )
          }
        </ResourceView>
      </div>
    </div>
  )
}

function summaryOf(states: readonly string[]): string {
  const crashed = states.filter((state) => state === 'crashed').length
  const up = states.filter((state) => state === 'ready' || state === 'seen').length
  return `${up} of ${plural(states.length, 'service')} up${crashed > 0 ? `, ${crashed} crashed` : ''}`
}

function NoServices() {
  return (
    <Empty icon="services" title="No service yet">
      <p>
        Services of this workspace appear as they start; any other appears as soon as it sends telemetry here by OTLP:
      </p>
      <pre>OTEL_EXPORTER_OTLP_ENDPOINT={location.origin}</pre>
    </Empty>
  )
}
