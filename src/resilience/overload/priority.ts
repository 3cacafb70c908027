/** Priority: who is served first, and who is turned away last. */

export const priorities = ['health', 'high', 'normal', 'low'] as const

/**
 * - `health`: probes. They cost next to nothing, and a busy service that looks dead is restarted. Never turned away for waiting.
 * - `high`: what people pay for or wait for.
 * - `normal`: everything that does not say otherwise.
 * - `low`: what can be done later: prefetching, reports, crawlers.
 */
export type Priority = (typeof priorities)[number]

/** 0 is served first. */
export function priorityRank(priority: Priority): number {
  return priorities.indexOf(priority)
}
