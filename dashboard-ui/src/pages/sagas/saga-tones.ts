/** Tones and words for what sagas and their steps are at. */
import type { SagaStepView, SagaSummary } from '../../../../src/service/operations/operations-api.ts'
import type { Tone } from '../../parts/tone.ts'

export const statusTones: Readonly<Record<SagaSummary['status'], Tone>> = {
  running: 'busy',
  compensating: 'warn',
  done: 'ok',
  compensated: 'idle',
}

export const troubleTexts: Readonly<Record<NonNullable<SagaSummary['trouble']>, string>> = {
  failing: 'fails again and again',
  unattended: 'nobody has it',
  'unknown-definition': 'no process knows its definition',
}

export const stepTones: Readonly<Record<SagaStepView['state'], Tone>> = {
  waiting: 'idle',
  running: 'busy',
  retrying: 'warn',
  done: 'ok',
  failed: 'bad',
  'to-undo': 'warn',
  undoing: 'warn',
  'undo-failing': 'bad',
  undone: 'idle',
  kept: 'ok',
  skipped: 'idle',
}

export const stepTexts: Readonly<Record<SagaStepView['state'], string>> = {
  waiting: 'waiting',
  running: 'running',
  retrying: 'trying again',
  done: 'done',
  failed: 'failed',
  'to-undo': 'to be undone',
  undoing: 'being undone',
  'undo-failing': 'undo fails',
  undone: 'undone',
  kept: 'kept',
  skipped: 'never begun',
}
