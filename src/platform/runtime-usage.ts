/**
 * RuntimeUsage: what goes on inside of this process, as far as the runtime tells.
 *
 *              event loop         collections   heap spaces   handles, requests   open files
 *   Node.js    active time        each one      yes           by type             /proc/self/fd
 *   Bun        CPU of its thread  –             –             –                   /proc/self/fd
 */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { builtinModule } from './builtin-module.ts'
import { runtimeName } from './runtime.ts'
import { threadCpuMs } from './thread-cpu.ts'

export interface RuntimeUsage {
  /**
   * Time that the event loop did not wait for events, in seconds since the start; on Bun, whose loop does not tell, the CPU time of its
   * thread, which leaves out where it waits for the disk.
   */
  loopActiveSeconds(): number
  /** The parts of the heap; none on Bun. */
  heapSpaces(): readonly HeapSpace[]
  /** What the heap may grow to; undefined on Bun, where it is the machine's memory. */
  readonly heapLimitBytes: (() => number) | undefined
  /** Handles and requests that keep the event loop alive, by type; undefined on Bun. */
  activeResources(): ReadonlyMap<string, number> | undefined
  /** Undefined where there is no `/proc`. */
  openFiles(): number | undefined
  maxOpenFiles(): number | undefined
  /** Tells each collection; nothing on Bun. It returns its own end. */
  onCollection(listener: (collection: Collection) => void): () => void
}

export interface HeapSpace {
  readonly name: string
  readonly usedBytes: number
  readonly sizeBytes: number
}

export interface Collection {
  readonly kind: 'minor' | 'major' | 'incremental' | 'weak_callbacks'
  readonly seconds: number
}

const isNode = runtimeName === 'node'

export const runtimeUsage: RuntimeUsage = {
  loopActiveSeconds() {
    if (isNode) return builtinModule('node:perf_hooks').performance.eventLoopUtilization().active / 1_000
    return threadCpuMs() / 1_000
  },
  heapSpaces() {
    if (!isNode) return []
    return builtinModule('node:v8')
      .getHeapSpaceStatistics()
      .map(({ space_name, space_used_size, space_size }) => ({
        name: space_name.replace(/_space$/, ''),
        usedBytes: space_used_size,
        sizeBytes: space_size,
      }))
  },
  heapLimitBytes: isNode ? () => builtinModule('node:v8').getHeapStatistics().heap_size_limit : undefined,
  activeResources() {
    if (!isNode) return undefined
    const counts = new Map<string, number>()
    for (const type of process.getActiveResourcesInfo()) counts.set(type, (counts.get(type) ?? 0) + 1)
    return counts
  },
  openFiles,
  maxOpenFiles,
  onCollection: (listener) => (isNode ? observeCollections(listener) : () => {}),
}

/** Since Linux 6.2 the folder knows how many there are; before, they are listed. */
function openFiles(): number | undefined {
  try {
    return statSync('/proc/self/fd').size || readdirSync('/proc/self/fd').length - 1
  } catch {
    return undefined
  }
}

function maxOpenFiles(): number | undefined {
  try {
    const limit = /^Max open files +(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]
    return limit === undefined ? undefined : Number(limit)
  } catch {
    return undefined
  }
}

/** V8's numbers for them, as `perf_hooks.constants` has them. */
const collectionKinds: Readonly<Record<number, Collection['kind']>> = {
  1: 'minor',
  2: 'minor',
  4: 'major',
  8: 'incremental',
  16: 'weak_callbacks',
}

function observeCollections(listener: (collection: Collection) => void): () => void {
  const { PerformanceObserver } = builtinModule('node:perf_hooks')
  const observer = new PerformanceObserver((entries) => {
    for (const entry of entries.getEntries()) {
      const { duration, detail } = entry as typeof entry & { readonly detail: { readonly kind: number } }
      const kind = collectionKinds[detail.kind]
      if (kind !== undefined) listener({ kind, seconds: duration / 1_000 })
    }
  })
  observer.observe({ entryTypes: ['gc'] })
  return () => observer.disconnect()
}
