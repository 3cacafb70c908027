/**
 * plan: what comes next, from a definition and a history alone. The same history gives the same answer, on any machine and at any time.
 *
 *   forward   the first stage that is not done ─▶ run its steps │ all done ─▶ finish
 *   turned    the last step that began and is not undone ─▶ undo it │ none left ─▶ finish
 */
import type { History, SagaStatus } from './history.ts'
import type { PlannedStep, Results, Saga } from './saga.ts'

export type Decision =
  | { readonly kind: 'run'; readonly steps: readonly { readonly step: PlannedStep; readonly attempt: number }[] }
  /** A step failed for good. */
  | { readonly kind: 'turn'; readonly code: string; readonly reason: string }
  | { readonly kind: 'undo'; readonly step: PlannedStep; readonly attempt: number; readonly output: unknown }
  | { readonly kind: 'finish'; readonly status: Extract<SagaStatus, 'done' | 'compensated'> }

interface StepState {
  attempts: number
  isDone: boolean
  output: unknown
  failure: { readonly isFinal: boolean; readonly code: string; readonly reason: string } | undefined
  undoAttempts: number
  isUndone: boolean
}

export function plan(saga: Pick<Saga, 'stages'>, history: History): Decision {
  const states = statesOf(history)
  return history.some(({ kind }) => kind === 'turned') ? planBack(saga, states) : planForward(saga, states)
}

/** What the steps that are done gave. */
export function resultsOf(history: History): Results {
  const results: Record<string, unknown> = Object.create(null)
  for (const entry of history) if (entry.kind === 'done') results[entry.step] = entry.output
  return results
}

export function statusOf(saga: Pick<Saga, 'stages'>, history: History): SagaStatus {
  const decision = plan(saga, history)
  if (decision.kind === 'finish') return decision.status
  return history.some(({ kind }) => kind === 'turned') ? 'compensating' : 'running'
}

function planForward({ stages }: Pick<Saga, 'stages'>, states: ReadonlyMap<string, StepState>): Decision {
  for (const stage of stages) {
    const open = stage.filter(({ name }) => states.get(name)?.isDone !== true)
    if (open.length === 0) continue
    for (const { name } of open) {
      const failure = states.get(name)?.failure
      if (failure?.isFinal === true) return { kind: 'turn', code: failure.code, reason: failure.reason }
    }
    return { kind: 'run', steps: open.map((step) => ({ step, attempt: (states.get(step.name)?.attempts ?? 0) + 1 })) }
  }
  return { kind: 'finish', status: 'done' }
}

/** Also what only began: nobody knows whether it had its effect. */
function planBack({ stages }: Pick<Saga, 'stages'>, states: ReadonlyMap<string, StepState>): Decision {
  for (const step of stages.flat().reverse()) {
    const state = states.get(step.name)
    if (step.compensate === undefined || state === undefined || state.isUndone) continue
    // A local step that is not done has changed nothing.
    if (step.isLocal && !state.isDone) continue
    return { kind: 'undo', step, attempt: state.undoAttempts + 1, output: state.isDone ? state.output : undefined }
  }
  return { kind: 'finish', status: 'compensated' }
}

function statesOf(history: History): Map<string, StepState> {
  const states = new Map<string, StepState>()
  for (const entry of history) {
    if (entry.kind === 'turned') continue
    const state = states.get(entry.step) ?? fresh()
    states.set(entry.step, state)
    if (entry.kind === 'begun') state.attempts = entry.attempt
    else if (entry.kind === 'done') Object.assign(state, { isDone: true, output: entry.output })
    else if (entry.kind === 'failed') state.failure = entry
    else if (entry.kind === 'undone') state.isUndone = true
    else state.undoAttempts = entry.attempt
  }
  return states
}

function fresh(): StepState {
  return { attempts: 0, isDone: false, output: undefined, failure: undefined, undoAttempts: 0, isUndone: false }
}
