/**
 * Who allocates: a sample of what this process puts on its heap, and the two files that it can become.
 *
 *   recordAllocations({ seconds }) ─▶ V8's sampling ─▶ AllocationRecording ─┬▶ pprof()       for go tool pprof
 *        Node.js only, else PROFILE_UNSUPPORTED                             └▶ heapprofile() for Chrome
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import {
  type AllocationNode,
  type AllocationProfile,
  canSampleAllocations,
  sampleAllocations,
} from '../platform/heap-profiler.ts'
import { type Pprof, type PprofNode, type PprofTree, pprofFile } from './pprof.ts'
import { type RecordingOptions, RecordingSlot } from './recording-time.ts'

export interface AllocationRecordingOptions extends RecordingOptions {
  /**
   * Whether what was collected meanwhile counts too: then it says who makes work for the collector, else who holds on to
   * memory. Default false.
   */
  readonly withCollected?: boolean
}

export interface ProcessAllocations {
  readonly pid: number
  readonly profile: AllocationProfile
}

/** Bytes between two samples, on average: some hundred nanoseconds for every 64 KiB. */
const intervalBytes = 64 * 1024
const slot = new RecordingSlot()

export class AllocationRecording {
  readonly profile: AllocationProfile
  /** In milliseconds since the Unix epoch. */
  readonly startedMs: number
  readonly withCollected: boolean

  constructor(profile: AllocationProfile, startedMs: number, withCollected: boolean) {
    this.profile = profile
    this.startedMs = startedMs
    this.withCollected = withCollected
  }

  /** What `go tool pprof` reads, gzipped. */
  pprof(): Promise<Uint8Array> {
    return pprofFile(allocationPprof([{ pid: process.pid, profile: this.profile }], this))
  }

  /** The text of a `.heapprofile`, which Chrome and VS Code open. */
  heapprofile(): string {
    return JSON.stringify(this.profile)
  }
}

/**
 * Samples allocations of this thread while everything goes on.
 *
 * @throws ServiceError `PROFILE_UNSUPPORTED` (501) on Bun; `BAD_PROFILE` (400), `PROFILE_BUSY` (409) as `recordCpuProfile`.
 */
export async function recordAllocations({
  withCollected = false,
  ...options
}: AllocationRecordingOptions = {}): Promise<AllocationRecording> {
  if (!canSampleAllocations) throw unsupported()
  return slot.record(options, async (sleep) => {
    const startedMs = Date.now()
    const profile = await sampleAllocations(sleep, { withCollected, intervalBytes })
    return new AllocationRecording(profile, startedMs, withCollected)
  })
}

export interface AllocationPprofOptions {
  readonly startedMs: number
  readonly withCollected: boolean
}

export function allocationPprof(
  profiles: readonly ProcessAllocations[],
  { startedMs, withCollected }: AllocationPprofOptions,
): Pprof {
  const word = withCollected ? 'alloc' : 'inuse'
  return {
    types: [
      [`${word}_objects`, 'count'],
      [`${word}_space`, 'bytes'],
    ],
    trees: profiles.map(treeOf),
    startedMs,
    durationUs: 0,
    period: intervalBytes,
  }
}

function treeOf({ pid, profile }: ProcessAllocations): PprofTree {
  const nodes: PprofNode[] = []
  const samples = new Map<number, readonly number[]>()
  const counts = new Map<number, number>()
  for (const { nodeId } of profile.samples) counts.set(nodeId, (counts.get(nodeId) ?? 0) + 1)
  function walk({ id, callFrame, selfSize, children }: AllocationNode, parent: number | undefined): void {
    nodes.push({ id, callFrame, parent })
    if (selfSize > 0) samples.set(id, [counts.get(id) ?? 1, selfSize])
    for (const child of children) walk(child, id)
  }
  walk(profile.head, undefined)
  return { pid, nodes, samples }
}

function unsupported(): ServiceError {
  return new ServiceError(
    'PROFILE_UNSUPPORTED',
    'Bun does not tell who allocates; run the service on Node.js for this, or compare two heap snapshots.',
    { status: 501 },
  )
}
