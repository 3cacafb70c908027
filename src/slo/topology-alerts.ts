/**
 * Topology alerts: what is wrong with how services call each other, as the dashboard sees it in their spans.
 *
 *   genever_topology_cycles   how many circles of calls there are: orders ─▶ payments ─▶ orders
 */
import type { RuleGroup } from './rule.ts'

/** Exposed by the dashboard. */
export const topologyCycles = 'genever_topology_cycles'

/** One group, for the whole workspace: a circle belongs to no single service. */
export function topologyAlerts(): RuleGroup[] {
  return [
    {
      name: 'topology:alerts',
      rules: [
        {
          alert: 'TopologyCycle',
          // Several dashboards may see the same one.
          expr: `max(${topologyCycles}) > 0`,
          // One call that went astray is gone from the graph in five minutes.
          for: '10m',
          labels: { severity: 'ticket' },
          annotations: {
            summary: 'services call each other in a circle',
            description:
              '{{ $value }} circles of calls are in the topology. Each service in one needs all others to start, and a slow one slows itself; the dashboard marks them.',
          },
        },
      ],
    },
  ]
}
