/** Faults as rows of a table, for people. */
import type { Fault, FaultDelay, FaultEffect } from '../../resilience/fault/fault.ts'
import type { ActiveFault, EndedFault } from '../../resilience/fault/fault-registry.ts'
import { durationText } from './duration.ts'

export function activeRow(fault: ActiveFault): string[] {
  const left = Date.parse(fault.endsAt) - Date.now()
  return [
    fault.id,
    effectText(fault.effect),
    targetText(fault),
    `${durationText(Math.max(0, left))} left`,
    `by ${fault.by}`,
  ]
}

export function endedRow(fault: EndedFault): string[] {
  const { ended, endedBy, why } = fault
  const end = [`ended by ${endedBy ?? ended}`, ...(why === undefined ? [] : [why])].join(': ')
  return [fault.id, effectText(fault.effect), targetText(fault), end, `by ${fault.by}`]
}

function effectText(effect: FaultEffect): string {
  switch (effect.kind) {
    case 'latency':
      return `latency ${delayText(effect.delay)}`
    case 'error':
      return `error ${effect.status ?? 503}${effect.code === undefined ? '' : ` ${effect.code}`}`
    case 'slow-body':
      return `slow body ${effect.bytesPerSecond} B/s`
    case 'cut-body':
      return `cut body after ${(effect.after ?? 0.5) * 100} %`
    case 'abort':
      return 'abort'
  }
}

function delayText(delay: FaultDelay): string {
  if (delay.kind === 'fixed') return `${delay.ms} ms`
  return delay.kind === 'uniform' ? `${delay.minMs}..${delay.maxMs} ms` : `${delay.meanMs}~${delay.deviationMs} ms`
}

function targetText({ target = {}, share = 1 }: Fault): string {
  const { side = 'requests', headers = {}, service: _, ...rest } = target
  const named = [...Object.values(rest), ...Object.entries(headers).map(([name, value]) => `${name}=${value}`)]
  return [`${Math.round(share * 1_000) / 10} % of ${side}`, ...named].join(' ')
}
