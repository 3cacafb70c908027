/**
 * Metrics of what goes on inside of the runtime. What one of them does not tell has no series there; docs/reference/runtimes.md says which.
 *
 *   event loop    active seconds (their rate is the utilisation), utilisation of the last seconds
 *   collections   a histogram by kind          heap   spaces, limit
 *   held          handles and requests by type, open files
 */
import type { Clock } from '../foundation/clock/clock.ts'
import type { RuntimeUsage } from '../platform/runtime-usage.ts'
import { accruing } from './accruing.ts'
import type { Gauge, Meter } from './meter.ts'

/** Returns what ends the watching of collections. */
export function registerUsageMetrics(meter: Meter, usage: RuntimeUsage, clock: Clock): () => void {
  registerLoop(meter, usage, clock)
  registerHeap(meter, usage)
  registerHeld(meter, usage)
  return registerCollections(meter, usage)
}

function registerLoop(meter: Meter, usage: RuntimeUsage, clock: Clock): void {
  accruing(meter, {
    name: 'runtime_event_loop_active_seconds_total',
    help: 'Time that the event loop was at work and did not wait, in seconds; its rate is the utilisation.',
    read: usage.loopActiveSeconds,
  })
  const window = new LoopWindow(usage, clock)
  meter.gauge({
    name: 'runtime_event_loop_utilization_ratio',
    help: 'Share of the last seconds in which the event loop was at work; of several processes the busiest.',
    aggregation: 'max',
    collect: (gauge) => gauge.set(window.utilization()),
  })
}

const windowMs = 10_000

/** Utilisation over the last 10 to 20 seconds, however often and by however many it is read. */
class LoopWindow {
  readonly #usage: RuntimeUsage
  readonly #clock: Clock
  #older: Reading
  #newer: Reading

  constructor(usage: RuntimeUsage, clock: Clock) {
    this.#usage = usage
    this.#clock = clock
    this.#older = this.#read()
    this.#newer = this.#older
  }

  utilization(): number {
    const now = this.#read()
    if (now.atMs - this.#newer.atMs >= windowMs) {
      this.#older = this.#newer
      this.#newer = now
    }
    const passedMs = now.atMs - this.#older.atMs
    if (passedMs <= 0) return 0
    return Math.min(1, Math.max(0, ((now.activeSeconds - this.#older.activeSeconds) * 1_000) / passedMs))
  }

  #read(): Reading {
    return { atMs: this.#clock.monotonic(), activeSeconds: this.#usage.loopActiveSeconds() }
  }
}

interface Reading {
  readonly atMs: number
  readonly activeSeconds: number
}

function registerHeap(meter: Meter, usage: RuntimeUsage): void {
  meter.gauge({
    name: 'runtime_heap_space_used_bytes',
    help: 'What is in use of each part of the heap, in bytes.',
    labels: ['space'],
    collect(gauge) {
      for (const { name: space, usedBytes } of usage.heapSpaces()) gauge.labels({ space }).set(usedBytes)
    },
  })
  meter.gauge({
    name: 'runtime_heap_space_size_bytes',
    help: 'What is reserved for each part of the heap, in bytes.',
    labels: ['space'],
    collect(gauge) {
      for (const { name: space, sizeBytes } of usage.heapSpaces()) gauge.labels({ space }).set(sizeBytes)
    },
  })
  const { heapLimitBytes } = usage
  if (heapLimitBytes === undefined) return
  meter.gauge({
    name: 'runtime_heap_limit_bytes',
    help: 'What the heap may grow to, in bytes.',
    collect: (gauge) => gauge.set(heapLimitBytes()),
  })
}

function registerHeld(meter: Meter, usage: RuntimeUsage): void {
  const known = new Set<string>()
  meter.gauge({
    name: 'runtime_active_resources',
    help: 'Handles and requests that keep the event loop alive, by type.',
    labels: ['type'],
    collect: (gauge) => setActiveResources(gauge, known, usage.activeResources() ?? new Map()),
  })
  optional(meter, { name: 'process_open_fds', help: 'Open file descriptors.', read: usage.openFiles })
  optional(meter, {
    name: 'process_max_fds',
    help: 'Most file descriptors that may be open.',
    read: usage.maxOpenFiles,
  })
}

/** A type of which there is none any more reads 0, and not what it read last. */
function setActiveResources(gauge: Gauge<'type'>, known: Set<string>, counts: ReadonlyMap<string, number>): void {
  for (const type of counts.keys()) known.add(type)
  for (const type of known) gauge.labels({ type }).set(counts.get(type) ?? 0)
}

interface OptionalReading {
  readonly name: string
  readonly help: string
  readonly read: () => number | undefined
}

/** Has a series only where there is something to read. */
function optional(meter: Meter, { name, help, read }: OptionalReading): void {
  if (read() === undefined) return
  meter.gauge({ name, help, collect: (gauge) => gauge.set(read() ?? 0) })
}

/** From a collection that nobody notices to one that is a failure. */
const collectionBuckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5]

function registerCollections(meter: Meter, usage: RuntimeUsage): () => void {
  const durations = meter.histogram({
    name: 'runtime_gc_duration_seconds',
    help: 'Garbage collections, by kind: minor, major, incremental, weak_callbacks.',
    labels: ['kind'],
    buckets: collectionBuckets,
  })
  return usage.onCollection(({ kind, seconds }) => durations.labels({ kind }).observe(seconds))
}
