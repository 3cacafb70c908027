/** EventCounts: how many requests an objective has seen and how many of them were bad, read from a service's own registry. */
import type { CounterFamily, HistogramFamily, HistogramPoint, MetricsSnapshot } from '../telemetry/metric-snapshot.ts'
import type { LatencyIndicator, Objective } from './objective.ts'

export interface EventCounts {
  readonly requests: number
  /** Requests that the objective calls bad: 5xx, or too slow. */
  readonly failures: number
}

/** Since the start of what the snapshot is of: a process, or several merged ones. */
export function eventCounts(snapshot: MetricsSnapshot, { indicator }: Objective): EventCounts {
  if (indicator.kind === 'latency') return latencyCounts(snapshot, indicator)
  const family = snapshot.find(
    (candidate): candidate is CounterFamily => candidate.kind === 'counter' && candidate.name === 'http_requests_total',
  )
  const statusAt = family?.labelNames.indexOf('status') ?? -1
  let requests = 0
  let failures = 0
  for (const { labelValues, point } of family?.series ?? []) {
    requests += point
    if (labelValues[statusAt]?.startsWith('5')) failures += point
  }
  return { requests, failures }
}

function latencyCounts(snapshot: MetricsSnapshot, { boundSeconds }: LatencyIndicator): EventCounts {
  const family = snapshot.find(
    (candidate): candidate is HistogramFamily =>
      candidate.kind === 'histogram' && candidate.name === 'http_request_duration_seconds',
  )
  const buckets = family?.bounds.filter((bound) => bound <= boundSeconds).length ?? 0
  let requests = 0
  let quick = 0
  for (const { point } of family?.series ?? []) {
    requests += sumOf(point)
    quick += sumOf(point, buckets)
  }
  return { requests, failures: requests - quick }
}

function sumOf({ counts }: HistogramPoint, end: number = counts.length): number {
  return counts.slice(0, end).reduce((sum, count) => sum + count, 0)
}
