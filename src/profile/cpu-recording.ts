/**
 * A CPU profile of this process, and the two files that it can become.
 *
 *   recordCpuProfile({ seconds }) ─▶ profiler of the runtime ─▶ CpuRecording ─┬▶ pprof()      for go tool pprof
 *        one at a time, else PROFILE_BUSY                                     └▶ cpuprofile() for Chrome
 */
import { ServiceError } from '../foundation/errors/service-error.ts'
import { type CpuProfile, profileCpu } from '../platform/cpu-profiler.ts'
import { pprofFrom } from './pprof.ts'

export interface CpuRecordingOptions {
  /** Above 0 and at most 120; default 10. */
  readonly seconds?: number
  /** Ends it early; what was seen until then is the profile. */
  readonly signal?: AbortSignal
}

export const maxProfileSeconds = 120

export class CpuRecording {
  readonly profile: CpuProfile
  /** In milliseconds since the Unix epoch. */
  readonly startedMs: number

  constructor(profile: CpuProfile, startedMs: number) {
    this.profile = profile
    this.startedMs = startedMs
  }

  /** What `go tool pprof` reads, gzipped. */
  async pprof(): Promise<Uint8Array> {
    const packed = new Blob([Buffer.from(pprofFrom(this.profile, this.startedMs))])
      .stream()
      .pipeThrough(new CompressionStream('gzip'))
    return new Uint8Array(await new Response(packed).arrayBuffer())
  }

  /** The text of a `.cpuprofile`, which Chrome and VS Code open. */
  cpuprofile(): string {
    return JSON.stringify(this.profile)
  }
}

let isRecording = false

/**
 * Profiles this thread while everything goes on.
 *
 * @throws ServiceError `BAD_PROFILE` (400) for seconds out of bounds, `PROFILE_BUSY` (409) while another one is recorded.
 */
export async function recordCpuProfile({ seconds = 10, signal }: CpuRecordingOptions = {}): Promise<CpuRecording> {
  if (!(seconds > 0 && seconds <= maxProfileSeconds)) throw badSeconds(seconds)
  if (isRecording) throw busy()
  isRecording = true
  try {
    const startedMs = Date.now()
    return new CpuRecording(await profileCpu(() => sleep(seconds * 1_000, signal)), startedMs)
  } finally {
    isRecording = false
  }
}

function sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal?.aborted) return Promise.resolve()
  const timer = setTimeout(resolve, ms)
  signal?.addEventListener('abort', () => resolve(), { once: true })
  return promise.finally(() => clearTimeout(timer))
}

function badSeconds(seconds: number): ServiceError {
  return new ServiceError(
    'BAD_PROFILE',
    `seconds: expected a number above 0 and at most ${maxProfileSeconds}, got ${seconds}.`,
    { status: 400 },
  )
}

function busy(): ServiceError {
  return new ServiceError('PROFILE_BUSY', 'A profile is being recorded; one at a time. Try again when it has ended.', {
    status: 409,
  })
}
