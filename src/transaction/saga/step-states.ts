/**
 * StepStates: how far each step of an instance is, from its definition and its history. What people look at; decisions are `plan`'s.
 *
 *   waiting ─▶ running ─▶ done ──────── turned ─▶ to-undo ─▶ undoing ─▶ undone
 *                 │ ▲        └─ nothing to undo ─▶ kept          │ ▲
 *                 ▼ │                                            ▼ │
 *               retrying ─▶ failed                           undo-failing          never begun, and turned ─▶ skipped
 */
import type { History, HistoryEntry } from './history.ts'
import type { AnySaga, PlannedStep } from './saga.ts'

export type StepState =
  | 'waiting'
  | 'running'
  | 'retrying'
  | 'done'
  | 'failed'
  | 'to-undo'
  | 'undoing'
  | 'undo-failing'
  | 'undone'
  | 'kept'
  | 'skipped'

export interface StepProgress {
  readonly name: string
  /** Steps of one stage run at once. */
  readonly stage: number
  readonly state: StepState
  readonly isLocal: boolean
  readonly hasCompensation: boolean
  readonly noReturn: boolean
  readonly attempts: number
  readonly undoAttempts: number
  readonly begunMs: number | undefined
  /** When the last thing about it was written. */
  readonly changedMs: number | undefined
  /** Of the last attempt that failed, if none has succeeded since. */
  readonly error: { readonly code: string; readonly reason: string } | undefined
}

type StepEntry = Exclude<HistoryEntry, { kind: 'turned' }>

/** Without a definition, the steps that the history names. */
export function stepStates(saga: Pick<AnySaga, 'stages'> | undefined, history: History): StepProgress[] {
  const isTurned = history.some(({ kind }) => kind === 'turned')
  const entries = history.filter((entry): entry is StepEntry => entry.kind !== 'turned')
  if (saga === undefined) {
    const names = [...new Set(entries.map(({ step }) => step))]
    return names.map((name, stage) => progressOf({ name, stage, step: undefined, isTurned, entries }))
  }
  return saga.stages.flatMap((steps, stage) =>
    steps.map((step) => progressOf({ name: step.name, stage, step, isTurned, entries })),
  )
}

function progressOf({
  name,
  stage,
  step,
  isTurned,
  entries,
}: {
  name: string
  stage: number
  step: PlannedStep | undefined
  isTurned: boolean
  entries: readonly StepEntry[]
}): StepProgress {
  const own = entries.filter((entry) => entry.step === name)
  const last = own.at(-1)
  const error = own.findLast((entry) => entry.kind === 'failed' || entry.kind === 'undo failed')
  const hasSucceeded = last?.kind === 'done' || last?.kind === 'undone'
  return {
    name,
    stage,
    state: stateOf(last, { isTurned, canUndo: step === undefined || canUndo(step, own) }),
    isLocal: step?.isLocal ?? false,
    hasCompensation: step === undefined || step.compensate !== undefined,
    noReturn: step?.noReturn ?? false,
    attempts: attemptsOf(own, 'begun'),
    undoAttempts: attemptsOf(own, 'undo begun'),
    begunMs: own[0]?.atMs,
    changedMs: last?.atMs,
    error: error === undefined || hasSucceeded ? undefined : { code: error.code, reason: error.reason },
  }
}

/** A local step that is not done has changed nothing. */
function canUndo({ compensate, isLocal }: PlannedStep, own: readonly StepEntry[]): boolean {
  return compensate !== undefined && (!isLocal || own.some(({ kind }) => kind === 'done'))
}

function stateOf(
  last: StepEntry | undefined,
  { isTurned, canUndo }: { isTurned: boolean; canUndo: boolean },
): StepState {
  switch (last?.kind) {
    case undefined:
      return isTurned ? 'skipped' : 'waiting'
    case 'undone':
      return 'undone'
    case 'undo begun':
      return 'undoing'
    case 'undo failed':
      return 'undo-failing'
    case 'done':
      if (!isTurned) return 'done'
      return canUndo ? 'to-undo' : 'kept'
    case 'failed':
      if (isTurned && canUndo) return 'to-undo'
      return last.isFinal || isTurned ? 'failed' : 'retrying'
    case 'begun':
      if (!isTurned) return 'running'
      return canUndo ? 'to-undo' : 'failed'
  }
}

function attemptsOf(own: readonly StepEntry[], kind: 'begun' | 'undo begun'): number {
  return own.reduce((most, entry) => (entry.kind === kind ? Math.max(most, entry.attempt) : most), 0)
}
