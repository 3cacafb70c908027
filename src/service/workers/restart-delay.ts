/** How long a worker that died waits before it is started again. */

/** A worker that lived this long was healthy: its next death counts as the first. */
export const healthyAfterMs = 10_000
const firstDelayMs = 100
const maxDelayMs = 10_000

/** 100 ms after the first death, doubled with each further one in a row, at most 10 s. */
export function restartDelayMs(deathsInARow: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** (deathsInARow - 1))
}
