/** How the time of a trace's critical path is divided between services, the largest share first. */
import type { TraceView } from '../../../../src/dashboard/contract/traces.ts'

export interface CriticalShare {
  readonly service: string
  readonly ms: number
  /** From 0 to 1. */
  readonly share: number
}

export function criticalShares({ tree, criticalPath }: Pick<TraceView, 'tree' | 'criticalPath'>): CriticalShare[] {
  const serviceOf = new Map(tree.map(({ spanId, service }) => [spanId, service]))
  const msByService = new Map<string, number>()
  for (const { spanId, durationMs } of criticalPath) {
    const service = serviceOf.get(spanId)
    if (service !== undefined) msByService.set(service, (msByService.get(service) ?? 0) + durationMs)
  }
  const totalMs = [...msByService.values()].reduce((sum, ms) => sum + ms, 0)
  return [...msByService]
    .map(([service, ms]) => ({ service, ms, share: totalMs === 0 ? 0 : ms / totalMs }))
    .toSorted((a, b) => b.ms - a.ms)
}
