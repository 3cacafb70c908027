/** How long to wait before a batch is sent again. */
const firstMs = 1_000
const longestMs = 30_000

/** Doubles with every failure in a row; `random` in [0, 1) takes up to half of it, so that processes do not ask together. */
export function retryDelayMs(failures: number, random: number): number {
  return Math.min(longestMs, firstMs * 2 ** (failures - 1)) * (1 - random / 2)
}
