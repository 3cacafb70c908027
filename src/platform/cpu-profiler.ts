/** The sampling profiler of the runtime, through `node:inspector`, which Node.js and Bun both have. */
import type { Session } from 'node:inspector'
import { runtimeName } from './runtime.ts'

/** As Chrome's protocol has it (Profiler.Profile): a `.cpuprofile` file is its JSON. */
export interface CpuProfile {
  readonly nodes: readonly CpuProfileNode[]
  /** In microseconds. */
  readonly startTime: number
  readonly endTime: number
  /** Ids of nodes, and the time since the sample before each, in microseconds. */
  readonly samples?: readonly number[]
  readonly timeDeltas?: readonly number[]
}

export interface CpuProfileNode {
  readonly id: number
  readonly callFrame: CallFrame
  readonly children?: readonly number[]
}

export interface CallFrame {
  readonly functionName: string
  readonly url: string
  /** From 0 on; -1 where there is none. */
  readonly lineNumber: number
  readonly columnNumber: number
}

/**
 * When a profile of this process began, on the scale of `performance.now()`: Node.js counts on the clock of `process.hrtime()`, Bun since the
 * Unix epoch.
 */
export function profileStartMs({ startTime }: CpuProfile): number {
  if (runtimeName === 'bun') return startTime / 1_000 - performance.timeOrigin
  const sinceZeroMs = Number(process.hrtime.bigint()) / 1e6 - performance.now()
  return startTime / 1_000 - sinceZeroMs
}

/** Profiles this thread until `sleep` resolves. @throws what the runtime says if it cannot. */
export async function profileCpu(sleep: () => Promise<void>, intervalUs = 1_000): Promise<CpuProfile> {
  return inspect(async (post) => {
    await post('Profiler.enable')
    // Bun has one interval of its own.
    await post('Profiler.setSamplingInterval', { interval: intervalUs }).catch(() => {})
    await post('Profiler.start')
    try {
      await sleep()
    } catch (error) {
      await post('Profiler.stop')
      throw error
    }
    return (await post<{ profile: CpuProfile }>('Profiler.stop')).profile
  })
}

/** Sends one message of Chrome's protocol and resolves with its answer. */
export type Post = <T>(method: string, parameters?: object) => Promise<T>

/** A session of the inspector with this thread, for as long as `work` takes. */
export async function inspect<T>(work: (post: Post) => Promise<T>): Promise<T> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  session.connect()
  try {
    return await work((method, parameters) => send(session, method, parameters))
  } finally {
    session.disconnect()
  }
}

function send<T>(session: Session, method: string, parameters: object = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    session.post(method as 'Profiler.enable', parameters, (error: Error | null, result?: unknown) =>
      error === null ? resolve(result as T) : reject(error),
    )
  })
}
