/** SLO: what was promised, how much of the error budget is left, and how fast it burns. */
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { ObjectiveCard } from './objective-card.tsx'

export function SloPage() {
  const resource = useResource('slo', (signal) => api.listObjectives(undefined, { signal }), {
    on: ['metrics'],
    everyMs: 5_000,
  })
  const objectives = resource.value?.objectives ?? []
  const burning = objectives.filter(({ isBurning }) => isBurning).length
  return (
    <div class="page">
      <PageHead
        title="SLO"
        note={
          objectives.length > 0 ? (burning > 0 ? `${burning} burning too fast` : 'Nothing burns too fast') : undefined
        }
      />
      <div class="page-body">
        <ResourceView resource={resource}>
          {() =>
            objectives.length === 0 ? (
              <NoObjectives />
            ) : (
              <div class="cards">
                {objectives.map((objective) => (
                  <ObjectiveCard key={`${objective.service} ${objective.objective}`} objective={objective} />
                ))}
              </div>
            )
          }
        </ResourceView>
      </div>
    </div>
  )
}

function NoObjectives() {
  return (
    <Empty icon="slo" title="Nothing was promised yet">
      <p>Objectives stand in the service’s own declaration; alerts, this page and the release gate come from it.</p>
      <pre>{"createService({\n  name: 'orders',\n  slo: { availability: 0.999, latency: { p99Ms: 250 } },\n})"}</pre>
    </Empty>
  )
}
