/** Delay: how long a fault holds something up, by chance or not. */
import type { FaultDelay } from './fault.ts'

/** In milliseconds, from 0 to `maxDelayMs`. */
export function delayMsOf(delay: FaultDelay, random: () => number): number {
  switch (delay.kind) {
    case 'fixed':
      return delay.ms
    case 'uniform':
      return delay.minMs + random() * (delay.maxMs - delay.minMs)
    case 'normal':
      return Math.min(maxDelayMs, Math.max(0, delay.meanMs + delay.deviationMs * standardNormal(random)))
  }
}

/** Whoever waits longer is gone anyway, and what waits here takes memory. */
export const maxDelayMs = 60_000

/** Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958. */
function standardNormal(random: () => number): number {
  // 1 − u is above 0, so that its logarithm exists.
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}
