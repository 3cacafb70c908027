/** Topology: who calls whom, drawn from the spans of the last minutes, with what is wrong about it. */
import { useEffect, useState } from 'preact/hooks'
import type { TopologyView } from '../../../../src/dashboard/contract/topology.ts'
import { api } from '../../api/api.ts'
import { useResource } from '../../api/use-resource.ts'
import { plural } from '../../format/numbers.ts'
import { Empty } from '../../parts/empty.tsx'
import { PageHead } from '../../parts/page-head.tsx'
import { ResourceView } from '../../parts/resource-view.tsx'
import { Segmented } from '../../parts/segmented.tsx'
import { SplitView } from '../../parts/split-view.tsx'
import { useFilters } from '../../routing/use-filters.ts'
import { reserveColors } from '../../theme/series-color.ts'
import { Findings } from './findings.tsx'
import { NodeDetail } from './node-detail.tsx'
import { TopologyGraph } from './topology-graph.tsx'

const windows: Readonly<Record<string, number>> = { '1m': 60_000, '': 300_000, '15m': 900_000, '1h': 3_600_000 }

export function TopologyPage() {
  const filters = useFilters()
  const windowMs = windows[filters.get('window')] ?? 300_000
  const load = (signal: AbortSignal): Promise<TopologyView> => api.readTopology({ query: { windowMs } }, { signal })
  const resource = useResource(`topology/${windowMs}`, load, { on: ['topology'], everyMs: 5_000 })
  const direction = useDirection()
  const view = resource.value
  const chosen = view?.nodes.find(({ id }) => id === filters.get('node'))
  const choose = (id: string): void => filters.set({ node: id === chosen?.id ? '' : id })
  reserveColors(view?.nodes.filter(({ kind }) => kind === 'service').map(({ label }) => label) ?? [])
  return (
    <div class="page">
      <PageHead
        title="Topology"
        note={
          view && view.nodes.length > 0
            ? `${plural(view.nodes.length, 'node')}, ${plural(view.edges.length, 'call path')}`
            : undefined
        }
      >
        <Segmented
          label="Time"
          value={filters.get('window')}
          options={[
            ['1m', '1 min'],
            ['', '5 min'],
            ['15m', '15 min'],
            ['1h', '1 h'],
          ]}
          onChange={(window) => filters.set({ window })}
        />
      </PageHead>
      <ResourceView resource={resource}>
        {(topology) =>
          topology.nodes.length === 0 ? (
            <NoTopology />
          ) : (
            <SplitView
              sideLabel="Node"
              width={360}
              side={
                chosen ? (
                  <NodeDetail
                    topology={topology}
                    node={chosen}
                    onClose={() => filters.set({ node: '' })}
                    onChoose={choose}
                  />
                ) : null
              }
            >
              <Findings topology={topology} onChoose={choose} />
              <TopologyGraph topology={topology} direction={direction} chosen={chosen?.id} onChoose={choose} />
            </SplitView>
          )
        }
      </ResourceView>
    </div>
  )
}

function useDirection(): 'LR' | 'TB' {
  const [isNarrow, setNarrow] = useState(() => matchMedia('(max-width: 860px)').matches)
  useEffect(() => {
    const query = matchMedia('(max-width: 860px)')
    const onChange = (): void => setNarrow(query.matches)
    query.addEventListener('change', onChange)
    return () => query.removeEventListener('change', onChange)
  }, [])
  return isNarrow ? 'TB' : 'LR'
}

function NoTopology() {
  return (
    <Empty icon="topology" title="Nobody has called anybody yet">
      <p>The map is drawn from spans of the last minutes. Send a request, or look at a longer time.</p>
    </Empty>
  )
}
