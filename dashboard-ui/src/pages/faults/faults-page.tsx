/** Faults: what is being done to services on purpose, stopping it, and doing it. */
import type { ServiceFaults } from '../../../../src/dashboard/contract/faults.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ServiceTag } from '../../parts/service-tag.tsx'
import { session } from '../../shell/session.ts'
import { ActiveFaults } from './active-faults.tsx'
import { FaultForm } from './fault-form.tsx'

export function FaultsPage() {
  const resource = useResource('faults', (signal) => api.listFaults(undefined, { signal }), {
    on: ['faults', 'service'],
    everyMs: 3_000,
  })
  const services = (resource.value?.services ?? []).toSorted((a, b) => a.service.localeCompare(b.service))
  const active = services.flatMap(({ service, faults }) => (faults ?? []).map((fault) => ({ service, fault })))
  const state = session.get()
  const isAllowed = state.kind === 'open' && state.view.actions.faults
  return (
    <div class="page">
      <PageHead title="Faults" note={active.length > 0 ? `${plural(active.length, 'fault')} at work` : undefined} />
      <div class="page-body">
        <ResourceView resource={resource}>
          {() => (
            <div class="faults">
              <section class="section">
                <h2>At work</h2>
                {active.length === 0 ? (
                  <Empty icon="faults" title="Nothing is broken on purpose">
                    <p>A fault shows what users would see if a part were slow or gone. Each one ends by itself.</p>
                  </Empty>
                ) : (
                  <ActiveFaults faults={active} onStopped={resource.reload} />
                )}
                <Unable services={services} />
              </section>
              {isAllowed ? (
                <FaultForm
                  services={services.filter(({ faults }) => faults !== null).map(({ service }) => service)}
                  onInjected={resource.reload}
                />
              ) : (
                <p class="muted">This dashboard injects no faults: it was started without that permission.</p>
              )}
            </div>
          )}
        </ResourceView>
      </div>
    </div>
  )
}

function Unable({ services }: { readonly services: readonly ServiceFaults[] }) {
  const unable = services.filter(({ faults }) => faults === null)
  if (unable.length === 0) return null
  return (
    <ul class="muted unable">
      {unable.map(({ service, reason }) => (
        <li key={service}>
          <ServiceTag name={service} /> {reason}
        </li>
      ))}
    </ul>
  )
}
