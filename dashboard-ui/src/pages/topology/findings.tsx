/** What is wrong about who calls whom: cycles, and what everything depends on while it runs only once. */
import type { TopologyView } from '../../../../src/dashboard/contract/topology.ts'
import { Badge } from '../../parts/badge.tsx'

export interface FindingsProps {
  readonly topology: TopologyView
  readonly onChoose: (id: string) => void
}

export function Findings({ topology: { cycles, singlePoints, nodes }, onChoose }: FindingsProps) {
  if (cycles.length === 0 && singlePoints.length === 0) return null
  const labelOf = (id: string): string => nodes.find((node) => node.id === id)?.label ?? id
  return (
    <ul class="findings" aria-label="Findings">
      {cycles.map((cycle) => (
        <li key={cycle.join()}>
          <Badge tone="bad">Cycle</Badge> {[...cycle, cycle[0] ?? ''].map(labelOf).join(' → ')}
        </li>
      ))}
      {singlePoints.map(({ node, why }) => (
        <li key={node}>
          <Badge tone="warn">Single point</Badge>{' '}
          <button type="button" class="text-button" onClick={() => onChoose(node)}>
            {labelOf(node)}
          </button>
          <span class="muted">: {why}</span>
        </li>
      ))}
    </ul>
  )
}
