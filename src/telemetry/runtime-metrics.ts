/**
 * Runtime metrics: how the process itself is doing. CPU, memory and start time go by the names that Prometheus gives them,
 * so that dashboards made for other languages work.
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type ProcessInfo, processInfo } from '../platform/process-info.ts'
import { runtimeName, runtimeVersion } from '../platform/runtime.ts'
import { type RuntimeUsage, runtimeUsage } from '../platform/runtime-usage.ts'
import { accruing } from './accruing.ts'
import type { Meter, SummarySeries } from './meter.ts'
import { registerUsageMetrics } from './usage-metrics.ts'

export interface RuntimeMetricsOptions {
  /** What runs; shown as labels of `build_info`. */
  readonly build: { readonly service: string; readonly version: string }
  /** How often the event loop is timed; default 100. Stalls that are shorter may pass unseen; 0 switches it off. */
  readonly eventLoopIntervalMs?: number
  readonly clock?: Clock
  readonly process?: ProcessInfo
  readonly usage?: RuntimeUsage
}

/** Registers the metrics and begins to time the event loop; the function returned ends that. */
export function startRuntimeMetrics(meter: Meter, options: RuntimeMetricsOptions): () => void {
  const { build, eventLoopIntervalMs = 100, clock = systemClock, process = processInfo, usage = runtimeUsage } = options
  registerProcessMetrics(meter, process)
  registerBuildInfo(meter, build)
  const endCollections = registerUsageMetrics(meter, usage, clock)
  if (eventLoopIntervalMs <= 0) return endCollections
  const delay = meter.summary({
    name: 'runtime_event_loop_delay_seconds',
    help: 'How late the event loop came to a timer, in the last minute.',
    quantiles: [0.5, 0.9, 0.99, 1],
    windowMs: 60_000,
  })
  const endTiming = timeEventLoop(clock, eventLoopIntervalMs, delay)
  return () => {
    endTiming()
    endCollections()
  }
}

function registerProcessMetrics(meter: Meter, process: ProcessInfo): void {
  const cpu = [
    { part: '', help: 'CPU time of all threads, user and system, in seconds.', read: () => process.cpuSeconds() },
    { part: '_user', help: 'CPU time of our own code, in seconds.', read: () => process.cpuParts().user },
    { part: '_system', help: 'CPU time of the kernel for us, in seconds.', read: () => process.cpuParts().system },
  ]
  for (const { part, help, read } of cpu) accruing(meter, { name: `process_cpu${part}_seconds_total`, help, read })
  meter.gauge({
    name: 'process_resident_memory_bytes',
    help: 'Physical memory held, in bytes.',
    collect: (gauge) => gauge.set(process.residentBytes()),
  })
  meter
    .gauge({
      name: 'process_start_time_seconds',
      help: 'When the process began, in seconds since the Unix epoch.',
      aggregation: 'min',
    })
    .set(process.startTimeMs / 1_000)
  meter.gauge({
    name: 'runtime_heap_used_bytes',
    help: 'JavaScript heap in use, in bytes.',
    collect: (gauge) => gauge.set(process.heap().usedBytes),
  })
  meter.gauge({
    name: 'runtime_external_memory_bytes',
    help: 'Memory outside of the heap that its objects hold, such as buffers, in bytes.',
    collect: (gauge) => gauge.set(process.externalBytes()),
  })
  meter.gauge({
    name: 'runtime_heap_size_bytes',
    help: 'JavaScript heap reserved, in bytes.',
    collect: (gauge) => gauge.set(process.heap().totalBytes),
  })
}

function registerBuildInfo(meter: Meter, { service, version }: RuntimeMetricsOptions['build']): void {
  const info = meter.gauge({
    name: 'build_info',
    help: 'What runs, as labels; the value is always 1.',
    labels: ['service', 'version', 'runtime', 'runtime_version'],
    aggregation: 'max',
  })
  info.labels({ service, version, runtime: runtimeName, runtime_version: runtimeVersion }).set(1)
}

/** One timer after the other, never two: a stalled loop must not find a heap of them. */
function timeEventLoop(clock: Clock, intervalMs: number, delay: SummarySeries): () => void {
  let dueMs = clock.monotonic() + intervalMs
  let cancelTimer = clock.schedule(intervalMs, onTimer)
  function onTimer(): void {
    const nowMs = clock.monotonic()
    delay.observe(Math.max(0, nowMs - dueMs) / 1_000)
    dueMs = nowMs + intervalMs
    cancelTimer = clock.schedule(intervalMs, onTimer)
  }
  return () => cancelTimer()
}
