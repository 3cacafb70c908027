/** The sampling profiler of the runtime, through `node:inspector`, which Node.js and Bun both have. */
import type { Session } from 'node:inspector'

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

/** Profiles this thread until `sleep` resolves. @throws what the runtime says if it cannot. */
export async function profileCpu(sleep: () => Promise<void>, intervalUs = 1_000): Promise<CpuProfile> {
  const { Session } = await import('node:inspector')
  const session = new Session()
  session.connect()
  try {
    await post(session, 'Profiler.enable')
    // Bun has one interval of its own.
    await post(session, 'Profiler.setSamplingInterval', { interval: intervalUs }).catch(() => {})
    await post(session, 'Profiler.start')
    try {
      await sleep()
    } catch (error) {
      await post(session, 'Profiler.stop')
      throw error
    }
    return (await post<{ profile: CpuProfile }>(session, 'Profiler.stop')).profile
  } finally {
    session.disconnect()
  }
}

function post<T>(session: Session, method: string, parameters: object = {}): Promise<T> {
  return new Promise((resolve, reject) => {
    session.post(method as 'Profiler.enable', parameters, (error: Error | null, result?: unknown) =>
      error === null ? resolve(result as T) : reject(error),
    )
  })
}
