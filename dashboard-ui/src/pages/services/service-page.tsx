/** One service: what it is doing, how its health comes about, what it uses, and what it last said. */
import type { ServiceDetail } from '../../../../src/dashboard/contract/services.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { Badge } from '../../parts/badge.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { href } from '../../routing/href.ts'
import type { PageProps } from '../../routing/pages.ts'
import { HealthReport } from './health-report.tsx'
import { ServiceActions } from './service-actions.tsx'
import { ServiceFacts } from './service-facts.tsx'
import { ServiceOutput } from './service-output.tsx'
import { stateLook } from './service-state.ts'
import { UsagePlots } from './usage-plots.tsx'

const refreshMs = 4_000

export function ServicePage({ params: { name = '' } }: PageProps) {
  const load = (signal: AbortSignal): Promise<ServiceDetail> => api.readService({ params: { name } }, { signal })
  const resource = useResource(`service/${name}`, load, { on: ['service'], everyMs: refreshMs })
  const service = resource.value
  return (
    <div class="page">
      <PageHead title={name} crumbs={[['Services', '/services']]} note={service && <State service={service} />}>
        {service && <ServiceActions service={service} />}
      </PageHead>
      <div class="page-body">
        <ResourceView resource={resource}>
          {(detail) => (
            <div class="stack">
              <ServiceFacts service={detail} />
              <nav class="link-row" aria-label={`More of ${name}`}>
                <a class="button" href={href('/traces', { service: name })}>
                  Traces
                </a>
                <a class="button" href={href('/logs', { service: name })}>
                  Logs
                </a>
                <a class="button" href={href('/series', { service: name })}>
                  Metrics
                </a>
                <a class="button" href={href('/routes', { service: name })}>
                  Routes
                </a>
                <a class="button" href={href('/config', { service: name })}>
                  Config
                </a>
              </nav>
              <UsagePlots name={name} usage={detail.usage} />
              <HealthReport service={detail} />
              <ServiceOutput name={name} canControl={detail.canControl} />
            </div>
          )}
        </ResourceView>
      </div>
    </div>
  )
}

function State({ service }: { readonly service: ServiceDetail }) {
  const { tone, text } = stateLook(service)
  return <Badge tone={tone}>{text}</Badge>
}
