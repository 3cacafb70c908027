/**
 * debounce: one call when calls have stopped coming.
 *
 *   calls   1 2 3          4
 *   runs            3               4      `waitMs` after the last; with `maxWaitMs` no later than that after the first
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'
import type { Paced } from './throttle.ts'

export interface DebounceOptions {
  /** Silence that ends the waiting. */
  waitMs: number
  /** Longest a call is put off while others keep coming. Default: for ever. */
  maxWaitMs?: number
  clock?: Clock
}

export function debounce<Args extends unknown[]>(
  call: (...args: Args) => void,
  { waitMs, maxWaitMs = Number.POSITIVE_INFINITY, clock = systemClock }: DebounceOptions,
): Paced<Args> {
  let waiting: Args | undefined
  let firstMs = 0
  let cancelTimer: (() => void) | undefined

  const flush = (): void => {
    const args = waiting
    cancel()
    if (args !== undefined) call(...args)
  }
  const cancel = (): void => {
    waiting = undefined
    cancelTimer?.()
    cancelTimer = undefined
  }
  const paced = (...args: Args): void => {
    const nowMs = clock.monotonic()
    if (waiting === undefined) firstMs = nowMs
    waiting = args
    cancelTimer?.()
    cancelTimer = clock.schedule(Math.min(waitMs, firstMs + maxWaitMs - nowMs), flush, true)
  }
  return Object.defineProperty(Object.assign(paced, { cancel, flush }), 'pending', {
    get: () => waiting !== undefined,
  }) as Paced<Args>
}
