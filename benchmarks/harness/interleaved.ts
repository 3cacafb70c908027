/** Interleaved rounds: calls that are compared, one round of each after the other, so that all meet the same machine. */
import { Context } from 'genever/foundation'

export interface InterleavedCase {
  readonly name: string
  /** So many calls are under way at once. */
  readonly parallel: number
  /** In a round. */
  readonly calls: number
  /** Gets a number below 1,000, another one from call to call. */
  readonly run: (id: number) => Promise<unknown>
}

/** Of each call, in microseconds. */
export interface InterleavedFigure {
  readonly name: string
  readonly parallel: number
  readonly bestUs: number
  readonly medianUs: number
}

/** Inside a context, as the calls of a service are. The rounds of `warmUp` come first and do not count. */
export async function measureInterleaved(
  cases: readonly InterleavedCase[],
  { rounds, warmUp }: { readonly rounds: number; readonly warmUp: number },
): Promise<InterleavedFigure[]> {
  const times = cases.map((): number[] => [])
  await new Context().run(async () => {
    for (let round = -warmUp; round < rounds; round++) {
      for (const [index, one] of cases.entries()) {
        const took = await roundOf(one)
        if (round >= 0) times[index]?.push(took)
      }
    }
  })
  return cases.map(({ name, parallel }, index) => {
    const sorted = (times[index] ?? []).toSorted((a, b) => a - b)
    return { name, parallel, bestUs: sorted[0] ?? 0, medianUs: sorted[sorted.length >> 1] ?? 0 }
  })
}

async function roundOf({ parallel, calls, run }: InterleavedCase): Promise<number> {
  const startedMs = performance.now()
  let left = calls
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run((left * 7) % 1_000)
  }
  await Promise.all(Array.from({ length: parallel }, lane))
  return ((performance.now() - startedMs) * 1_000) / calls
}
