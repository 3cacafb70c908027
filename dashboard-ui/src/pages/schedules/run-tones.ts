/** What the state of a run looks like. */
import type { RunView } from '../../../../src/schedule/schedule-view.ts'
import type { Tone } from '../../parts/tone.ts'

export const runTones: Readonly<Record<RunView['state'], Tone>> = {
  running: 'busy',
  ok: 'ok',
  failed: 'bad',
  timeout: 'bad',
  lost: 'bad',
}

export const runWords: Readonly<Record<RunView['state'], string>> = {
  running: 'running',
  ok: 'done',
  failed: 'failed',
  timeout: 'timed out',
  lost: 'lost',
}

/** How long after its tick it began. */
export function lateMs({ tick, startedAt }: Pick<RunView, 'tick' | 'startedAt'>): number {
  return Math.max(0, Date.parse(startedAt) - Date.parse(tick))
}
