/**
 * Trouble: why an instance does not get on by itself, as far as can be told from what is written.
 *
 *   running │ compensating ─┬─ no process knows its definition ─▶ unknown-definition
 *                           ├─ due, and nobody has it ──────────▶ unattended
 *                           └─ its step fails again and again ──▶ failing
 */
import type { History, HistoryEntry } from './history.ts'
import type { AnySaga } from './saga.ts'
import type { StoredSaga } from './stored-saga.ts'

export type SagaTrouble = 'unknown-definition' | 'unattended' | 'failing'

/** Failures in a row from which on somebody should look at it. */
const manyFailures = 3
/** A process that is there takes an instance long before. */
const patienceMs = 15_000

export function troubleOf(
  saga: Pick<StoredSaga, 'name' | 'version' | 'status' | 'history' | 'leaseUntil' | 'due' | 'begun'>,
  { definitions, nowMs }: { definitions: readonly Pick<AnySaga, 'name' | 'version'>[]; nowMs: number },
): SagaTrouble | undefined {
  if (saga.status === 'done' || saga.status === 'compensated') return undefined
  if (!definitions.some(({ name, version }) => name === saga.name && version === saga.version))
    return 'unknown-definition'
  if (failuresInARow(saga.history) >= manyFailures) return 'failing'
  const { begun, due = begun, leaseUntil = begun } = saga
  const freeSinceMs = Math.max(begun.getTime(), due.getTime(), leaseUntil.getTime())
  return nowMs - freeSinceMs > patienceMs ? 'unattended' : undefined
}

/** Of the step that failed last, if it has not succeeded since. */
function failuresInARow(history: History): number {
  const last = history.findLast(isEnd)
  if (last === undefined || (last.kind !== 'failed' && last.kind !== 'undo failed')) return 0
  return last.attempt
}

function isEnd(entry: HistoryEntry): boolean {
  return entry.kind !== 'begun' && entry.kind !== 'undo begun'
}
