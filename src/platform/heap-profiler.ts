/**
 * What the runtime can tell about its heap.
 *
 *                     Node.js                              Bun
 *   allocations       V8's sampling, through the inspector –
 *   a snapshot        V8's own file                        JavaScriptCore's, in V8's format
 */
import { writeFile } from 'node:fs/promises'
import { builtinModule } from './builtin-module.ts'
import { bun } from './bun/bun-api.ts'
import { type CallFrame, inspect } from './cpu-profiler.ts'
import { runtimeName } from './runtime.ts'

/** As Chrome's protocol has it (HeapProfiler.SamplingHeapProfile): a `.heapprofile` file is its JSON. */
export interface AllocationProfile {
  readonly head: AllocationNode
  readonly samples: readonly { readonly size: number; readonly nodeId: number; readonly ordinal: number }[]
}

export interface AllocationNode {
  readonly id: number
  readonly callFrame: CallFrame
  /** Bytes, extrapolated from the samples. */
  readonly selfSize: number
  readonly children: readonly AllocationNode[]
}

export interface AllocationOptions {
  /** Whether what was collected meanwhile counts too. */
  readonly withCollected: boolean
  /** Bytes between two samples, on average. */
  readonly intervalBytes: number
}

/** Whether this runtime tells who allocates. */
export const canSampleAllocations: boolean = runtimeName === 'node'

/** Samples allocations of this thread until `sleep` resolves. @throws what the runtime says if it cannot. */
export async function sampleAllocations(
  sleep: () => Promise<void>,
  { withCollected, intervalBytes }: AllocationOptions,
): Promise<AllocationProfile> {
  return inspect(async (post) => {
    await post('HeapProfiler.enable')
    await post('HeapProfiler.startSampling', {
      samplingInterval: intervalBytes,
      includeObjectsCollectedByMajorGC: withCollected,
      includeObjectsCollectedByMinorGC: withCollected,
    })
    try {
      await sleep()
    } catch (error) {
      await post('HeapProfiler.stopSampling')
      throw error
    }
    return (await post<{ profile: AllocationProfile }>('HeapProfiler.stopSampling')).profile
  })
}

/** Writes all that is on the heap. Nothing else runs meanwhile, which takes about a second for each 100 MB. */
export async function writeHeapSnapshot(path: string): Promise<void> {
  if (runtimeName === 'bun') await writeFile(path, bun.generateHeapSnapshot('v8'), { mode: 0o600 })
  else builtinModule('node:v8').writeHeapSnapshot(path)
}
