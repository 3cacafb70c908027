/**
 * How a process is doing from second to second, out of the metrics that it has anyway.
 *
 *   snapshot ─▶ reading ─┐
 *   snapshot ─▶ reading ─┴─▶ rates between the two
 */
import { fromJsonNumber, type MetricsSnapshot } from '../telemetry/metric-snapshot.ts'

/** Sums of all series of the metrics that are looked at. */
export interface RuntimeReading {
  readonly atMs: number
  readonly values: Readonly<Record<string, number>>
}

export interface RuntimeRates {
  /** CPUs in use: 1 is all of one. */
  readonly cpus: number
  /** Share of the time that the event loop was at work. */
  readonly loop: number
  /** How late it was on average, in milliseconds. */
  readonly loopDelayMs: number
  /** Share of the time that collections took, and how many there were in a second; missing on Bun. */
  readonly gc?: number
  readonly gcPerSecond?: number
  readonly residentBytes: number
  readonly heapUsedBytes: number
  readonly externalBytes: number
  readonly openFiles?: number
  readonly requestsPerSecond: number
  readonly inFlight: number
}

const looked = new Set([
  'http_requests_in_flight',
  'http_requests_total',
  'process_cpu_seconds_total',
  'process_open_fds',
  'process_resident_memory_bytes',
  'runtime_event_loop_active_seconds_total',
  'runtime_event_loop_delay_seconds',
  'runtime_external_memory_bytes',
  'runtime_gc_duration_seconds',
  'runtime_heap_used_bytes',
])

export function runtimeReading(snapshot: MetricsSnapshot, atMs: number): RuntimeReading {
  const values: Record<string, number> = {}
  const add = (name: string, value: number): void => {
    values[name] = (values[name] ?? 0) + value
  }
  for (const family of snapshot) {
    if (!looked.has(family.name)) continue
    if (family.kind === 'counter' || family.kind === 'gauge') {
      for (const { point } of family.series) add(family.name, fromJsonNumber(point))
    } else if (family.kind === 'histogram') {
      for (const { point } of family.series) {
        add(`${family.name}_sum`, point.sum)
        add(
          `${family.name}_count`,
          point.counts.reduce((sum, count) => sum + count, 0),
        )
      }
    } else {
      for (const { point } of family.series) {
        add(`${family.name}_sum`, point.sum)
        add(`${family.name}_count`, point.count)
      }
    }
  }
  return { atMs, values }
}

export function runtimeRates(before: RuntimeReading, now: RuntimeReading): RuntimeRates {
  const seconds = Math.max(0.001, (now.atMs - before.atMs) / 1_000)
  const value = (name: string): number => now.values[name] ?? 0
  const grown = (name: string): number => value(name) - (before.values[name] ?? 0)
  const rate = (name: string): number => round(grown(name) / seconds)
  const ticks = grown('runtime_event_loop_delay_seconds_count')
  return {
    cpus: rate('process_cpu_seconds_total'),
    loop: Math.min(1, rate('runtime_event_loop_active_seconds_total')),
    loopDelayMs: ticks > 0 ? round((grown('runtime_event_loop_delay_seconds_sum') / ticks) * 1_000) : 0,
    ...('runtime_gc_duration_seconds_sum' in now.values && {
      gc: rate('runtime_gc_duration_seconds_sum'),
      gcPerSecond: rate('runtime_gc_duration_seconds_count'),
    }),
    residentBytes: value('process_resident_memory_bytes'),
    heapUsedBytes: value('runtime_heap_used_bytes'),
    externalBytes: value('runtime_external_memory_bytes'),
    ...('process_open_fds' in now.values && { openFiles: value('process_open_fds') }),
    requestsPerSecond: rate('http_requests_total'),
    inFlight: value('http_requests_in_flight'),
  }
}

function round(value: number): number {
  return Math.round(value * 1_000) / 1_000
}
