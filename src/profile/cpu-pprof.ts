/** CPU profiles as pprof: samples and the time that they stand for, of one process or of several. */
import type { CpuProfile } from '../platform/cpu-profiler.ts'
import type { Pprof, PprofNode, PprofTree } from './pprof.ts'

export interface ProcessCpuProfile {
  readonly pid: number
  readonly profile: CpuProfile
}

/** @param startedMs Since the Unix epoch. */
export function cpuPprof(profiles: readonly ProcessCpuProfile[], startedMs: number): Pprof {
  return {
    types: [
      ['samples', 'count'],
      ['cpu', 'nanoseconds'],
    ],
    trees: profiles.map(treeOf),
    startedMs,
    durationUs: Math.max(0, ...profiles.map(({ profile }) => profile.endTime - profile.startTime)),
    period: Math.max(0, ...profiles.map(({ profile }) => periodOf(profile))),
  }
}

function treeOf({ pid, profile }: ProcessCpuProfile): PprofTree {
  const samples = new Map(
    usesOf(profile)
      .entries()
      .map(([id, { count, microseconds }]) => [id, [count, microseconds * 1_000]]),
  )
  return { pid, nodes: nodesOf(profile), samples }
}

/** With the parent of each, which the profile tells the other way round. */
export function nodesOf({ nodes }: CpuProfile): readonly PprofNode[] {
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)))
  return nodes.map(({ id, callFrame }) => ({ id, callFrame, parent: parents.get(id) }))
}

interface NodeUse {
  count: number
  microseconds: number
}

/** A sample stands for the time until the next one. Bun takes none while nothing runs: such a gap is not the work before it. */
function usesOf({ nodes, samples = [], timeDeltas = [] }: CpuProfile): Map<number, NodeUse> {
  const uses = new Map<number, NodeUse>()
  const usual = medianOf(timeDeltas)
  const seesIdle = nodes.some(({ callFrame }) => callFrame.functionName === '(idle)')
  const longest = seesIdle ? Number.POSITIVE_INFINITY : usual * idleGap
  samples.forEach((id, i) => {
    const use = uses.get(id) ?? { count: 0, microseconds: 0 }
    const until = Math.max(0, timeDeltas[i + 1] ?? usual)
    use.count++
    use.microseconds += until > longest ? usual : until
    uses.set(id, use)
  })
  return uses
}

/** Times the usual distance of samples. */
const idleGap = 10

function medianOf(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}

function periodOf({ startTime, endTime, samples = [] }: CpuProfile): number {
  return samples.length === 0 ? 0 : Math.round(((endTime - startTime) * 1_000) / samples.length)
}
