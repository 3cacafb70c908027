/** How long a crashed service waits before it starts again. */

/** A service that lived this long was healthy: its next crash counts as the first. */
const healthyAfterMs = 10_000
const firstDelayMs = 200
const maxDelayMs = 10_000

/** Crashes in a row, the latest included, given those before it and how long the process lived. */
export function crashesInARow(before: number, livedMs: number): number {
  return livedMs >= healthyAfterMs ? 1 : before + 1
}

/** 200 ms after the first crash, doubled with each further one, at most 10 s. */
export function restartDelayMs(crashes: number): number {
  return Math.min(maxDelayMs, firstDelayMs * 2 ** (crashes - 1))
}
