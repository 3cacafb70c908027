/**
 * The live stream: one event for each process and second, until the caller leaves.
 *
 *   ask all ─▶ readings ─▶ rates since the last one ─▶ events ─▶ a second later: again
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { type RuntimeRates, type RuntimeReading, runtimeRates } from '../../profile/runtime-reading.ts'
import type { DebugSource } from './debug-question.ts'

export interface RuntimeEvent extends RuntimeRates {
  readonly pid: number
}

const intervalMs = 1_000

export async function* runtimeEvents(
  source: DebugSource,
  pids: readonly number[],
  signal: AbortSignal,
): AsyncGenerator<RuntimeEvent> {
  const last = new Map<number, RuntimeReading>()
  while (!signal.aborted) {
    const answers = await Promise.all(
      pids.map(async (pid) => ({ pid, outcome: await source.ask(pid, { kind: 'runtime' }, signal) })),
    )
    for (const { pid, outcome } of answers) {
      // One that is gone says nothing more; its successor has another number.
      if (outcome.kind !== 'value') continue
      const reading = outcome.value as RuntimeReading
      const before = last.get(pid)
      last.set(pid, reading)
      if (before !== undefined) yield { pid, ...runtimeRates(before, reading) }
    }
    if (answers.every(({ outcome }) => outcome.kind !== 'value')) return
    await sleep(intervalMs, undefined, { signal }).catch(() => {})
  }
}
