/**
 * sagaDrawing: the state machine of an instance, as text.
 *
 *   ✓ reserve ──▶ ✗ pay ──▶ · ship
 *   ↩ undone
 */
import type { SagaStepView } from '../../service/operations/operations-api.ts'

const marks: Readonly<Record<SagaStepView['state'], string>> = {
  waiting: '·',
  running: '▶',
  retrying: '↻',
  done: '✓',
  failed: '✗',
  'to-undo': '✓',
  undoing: '✓',
  'undo-failing': '✓',
  undone: '✓',
  kept: '✓',
  skipped: '·',
}

const undoWords: Readonly<Partial<Record<SagaStepView['state'], string>>> = {
  'to-undo': '↩ to undo',
  undoing: '↩ undoing …',
  'undo-failing': '↩ undo fails',
  undone: '↩ undone',
  kept: 'kept',
}

/** One line for the way forward, where there is one that goes back a second one below it. */
export function sagaDrawing(steps: readonly SagaStepView[]): string[] {
  const stages = [...Map.groupBy(steps, ({ stage }) => stage).values()]
  const cells = stages.map((stage) => ({
    forward: stage.map(forwardText).join(' ∥ '),
    back: stage.flatMap(({ state }) => undoWords[state] ?? []).join(' ∥ '),
  }))
  const widths = cells.map(({ forward, back }) => Math.max(forward.length, back.length))
  const forward = cells.map((cell, at) => cell.forward.padEnd(widths[at] ?? 0)).join(' ──▶ ')
  const back = cells.map((cell, at) => cell.back.padEnd(widths[at] ?? 0)).join(' '.repeat(5))
  return [forward, ...(back.trim() === '' ? [] : [back])].map((line) => line.trimEnd())
}

function forwardText({ name, state, attempts, noReturn }: SagaStepView): string {
  const tries = attempts > 1 ? ` (${attempts}×)` : ''
  return `${noReturn ? '‖ ' : ''}${marks[state]} ${name}${tries}`
}
