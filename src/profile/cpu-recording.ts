/**
 * A CPU profile of this process, and the two files that it can become.
 *
 *   recordCpuProfile({ seconds }) ─▶ profiler of the runtime ─▶ CpuRecording ─┬▶ pprof()      for go tool pprof
 *        one at a time, else PROFILE_BUSY                                     └▶ cpuprofile() for Chrome
 */
import { type CpuProfile, profileCpu } from '../platform/cpu-profiler.ts'
import { cpuPprof } from './cpu-pprof.ts'
import { pprofFile } from './pprof.ts'
import { cpuSlot, type RecordingOptions } from './recording-time.ts'

export class CpuRecording {
  readonly profile: CpuProfile
  /** In milliseconds since the Unix epoch. */
  readonly startedMs: number

  constructor(profile: CpuProfile, startedMs: number) {
    this.profile = profile
    this.startedMs = startedMs
  }

  /** What `go tool pprof` reads, gzipped. */
  pprof(): Promise<Uint8Array> {
    return pprofFile(cpuPprof([{ pid: process.pid, profile: this.profile }], this.startedMs))
  }

  /** The text of a `.cpuprofile`, which Chrome and VS Code open. */
  cpuprofile(): string {
    return JSON.stringify(this.profile)
  }
}

/**
 * Profiles this thread while everything goes on.
 *
 * @throws ServiceError `BAD_PROFILE` (400) for seconds out of bounds, `PROFILE_BUSY` (409) while another one is recorded.
 */
export function recordCpuProfile(options: RecordingOptions = {}): Promise<CpuRecording> {
  return cpuSlot.record(options, async (sleep) => {
    const startedMs = Date.now()
    return new CpuRecording(await profileCpu(sleep), startedMs)
  })
}
