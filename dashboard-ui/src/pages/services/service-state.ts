/** What a service's state and health look like and are called. */
import type { DashboardServiceState, HealthMark, ServiceView } from '../../../../src/dashboard/contract/services.ts'
import type { Tone } from '../../parts/tone.ts'

const stateTones: Readonly<Record<DashboardServiceState, Tone>> = {
  waiting: 'idle',
  starting: 'busy',
  ready: 'ok',
  crashed: 'bad',
  stopping: 'busy',
  stopped: 'idle',
  seen: 'ok',
}

const stateTexts: Readonly<Record<DashboardServiceState, string>> = {
  waiting: 'Waiting',
  starting: 'Starting',
  ready: 'Ready',
  crashed: 'Crashed',
  stopping: 'Stopping',
  stopped: 'Stopped',
  seen: 'Sends telemetry',
}

export const healthTones: Readonly<Record<HealthMark, Tone>> = {
  UP: 'ok',
  DEGRADED: 'warn',
  DOWN: 'bad',
  UNKNOWN: 'idle',
}

/** The worse of state and health. */
export function stateLook({ state, health }: ServiceView): { readonly tone: Tone; readonly text: string } {
  if (state === 'ready' && (health === 'DEGRADED' || health === 'DOWN')) {
    return { tone: healthTones[health], text: health === 'DOWN' ? 'Down' : 'Degraded' }
  }
  return { tone: stateTones[state], text: stateTexts[state] }
}

export function toneOfStatus(status: string): Tone {
  return status in healthTones ? healthTones[status as HealthMark] : 'idle'
}
