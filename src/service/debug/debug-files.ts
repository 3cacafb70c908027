/** What the processes answered, as one file for `go tool pprof`. */
import type { CpuProfile } from '../../platform/cpu-profiler.ts'
import type { AllocationProfile } from '../../platform/heap-profiler.ts'
import { type AllocationPprofOptions, allocationPprof } from '../../profile/allocation-recording.ts'
import { cpuPprof } from '../../profile/cpu-pprof.ts'
import { pprofFile } from '../../profile/pprof.ts'

interface PidAnswer {
  readonly pid: number
  readonly value: unknown
}

export function cpuPprofFile(answers: readonly PidAnswer[], startedMs: number): Promise<Uint8Array> {
  const profiles = answers.map(({ pid, value }) => ({ pid, profile: value as CpuProfile }))
  return pprofFile(cpuPprof(profiles, startedMs))
}

export function allocationPprofFile(
  answers: readonly PidAnswer[],
  options: AllocationPprofOptions,
): Promise<Uint8Array> {
  const profiles = answers.map(({ pid, value }) => ({ pid, profile: value as AllocationProfile }))
  return pprofFile(allocationPprof(profiles, options))
}
