/**
 * Stalls: when the event loop did not come to its timers, and which code kept it from that.
 *
 *   timer, 10 ms ─ late by more than the threshold ─▶ stall: from, to ─┐
 *   CPU profile, 1 ms ─────────────────────────────▶ samples ──────────┴─▶ the stacks seen between from and to, the most frequent first
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type CallFrame, type CpuProfile, profileCpu, profileStartMs } from '../platform/cpu-profiler.ts'
import { nodesOf } from './cpu-pprof.ts'
import { cpuSlot, type RecordingOptions } from './recording-time.ts'

export interface StallOptions extends RecordingOptions {
  /** Shorter ones are not told; from 10 to 60,000, default 50. */
  readonly thresholdMs?: number
}

export interface StallReport {
  readonly watchedMs: number
  readonly thresholdMs: number
  /** The longest first; at most 100. */
  readonly stalls: readonly Stall[]
}

export interface Stall {
  /** RFC 3339. */
  readonly began: string
  readonly lastedMs: number
  /** Those that were seen most often, at most 5. Empty where the thread was not at work: the machine was, or a debugger. */
  readonly stacks: readonly StallStack[]
}

export interface StallStack {
  /** Of the samples in this stall. */
  readonly share: number
  /** From the innermost call outwards: `name (file:line)`. */
  readonly frames: readonly string[]
}

const tickMs = 10
const maxStalls = 100
const maxStacks = 5
const maxFrames = 40

interface Interval {
  readonly fromMs: number
  readonly toMs: number
}

/**
 * Watches this thread, which runs a profiler meanwhile.
 *
 * @throws ServiceError `BAD_PROFILE` (400), `PROFILE_BUSY` (409) as `recordCpuProfile`.
 */
export async function recordStalls({ thresholdMs = 50, ...options }: StallOptions = {}): Promise<StallReport> {
  if (!(thresholdMs >= tickMs && thresholdMs <= 60_000)) throw badThreshold(thresholdMs)
  return cpuSlot.record(options, async (sleep) => {
    const epochMs = Date.now() - performance.now()
    let fromMs = 0
    let intervals: readonly Interval[] = []
    const profile = await profileCpu(async () => {
      fromMs = performance.now()
      const end = watchTimers(thresholdMs)
      try {
        await sleep()
      } finally {
        intervals = end()
      }
    })
    const watchedMs = Math.round(performance.now() - fromMs)
    return {
      watchedMs,
      thresholdMs,
      stalls: stallsIn({ profile, profiledFromMs: profileStartMs(profile), intervals, epochMs }),
    }
  })
}

/** Returns what ends it and gives the times at which the loop was late. */
function watchTimers(thresholdMs: number): () => readonly Interval[] {
  const intervals: Interval[] = []
  let lastMs = performance.now()
  function look(): void {
    const nowMs = performance.now()
    if (nowMs - lastMs - tickMs >= thresholdMs) intervals.push({ fromMs: lastMs, toMs: nowMs })
    lastMs = nowMs
  }
  const timer = setInterval(look, tickMs)
  return () => {
    clearInterval(timer)
    look()
    return intervals
  }
}

export interface WatchedTime {
  readonly profile: CpuProfile
  /** When the profile began, on the scale of the intervals. */
  readonly profiledFromMs: number
  readonly intervals: readonly Interval[]
  /** What that scale's zero is since the Unix epoch. */
  readonly epochMs: number
}

export function stallsIn({ profile, profiledFromMs, intervals, epochMs }: WatchedTime): readonly Stall[] {
  const { samples = [], timeDeltas = [] } = profile
  let atMs = profiledFromMs
  const times = samples.map((node, i) => {
    atMs += (timeDeltas[i] ?? 0) / 1_000
    return { node, atMs }
  })
  const nodes = new Map(nodesOf(profile).map((node) => [node.id, node]))
  function framesOf(leaf: number): string[] {
    const frames: string[] = []
    for (let node = nodes.get(leaf); node !== undefined; node = nodes.get(node.parent ?? -1)) {
      if (!notCode.has(node.callFrame.functionName)) frames.push(frameText(node.callFrame))
    }
    return frames.slice(0, maxFrames)
  }
  return intervals
    .toSorted((a, b) => b.toMs - b.fromMs - (a.toMs - a.fromMs))
    .slice(0, maxStalls)
    .map(({ fromMs, toMs }) => ({
      began: new Date(epochMs + fromMs).toISOString(),
      lastedMs: Math.round(toMs - fromMs),
      stacks: stacksOf(times.filter(({ atMs: at }) => at >= fromMs && at <= toMs).map(({ node }) => framesOf(node))),
    }))
}

const notCode = new Set(['(root)', '(idle)', '(program)'])

/** Equal stacks together; one in which nothing of ours ran does not count. */
function stacksOf(seen: readonly (readonly string[])[]): readonly StallStack[] {
  const counts = new Map<string, { readonly frames: readonly string[]; count: number }>()
  for (const frames of seen) {
    if (frames.length === 0) continue
    const key = frames.join('\n')
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { frames, count: 1 })
    else known.count++
  }
  return [...counts.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, maxStacks)
    .map(({ frames, count }) => ({ share: Math.round((count / seen.length) * 1_000) / 1_000, frames }))
}

function frameText({ functionName, url, lineNumber }: CallFrame): string {
  const name = functionName || '(anonymous)'
  return url === '' ? name : `${name} (${url.replace(/^file:\/\//, '')}:${lineNumber + 1})`
}

function badThreshold(thresholdMs: number): ServiceError {
  return new ServiceError('BAD_PROFILE', `ms: expected a number from ${tickMs} to 60000, got ${thresholdMs}.`, {
    status: 400,
  })
}
