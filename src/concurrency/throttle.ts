/**
 * throttle: at most one call in each interval.
 *
 *   calls   1 2 3     4          5
 *   runs    1     3     4        5        the first at once, the last of an interval at its end
 *           ├─────┼─────┼─────┤  ├─────
 */
import type { Clock } from '../foundation/clock/clock.ts'
import { systemClock } from '../foundation/clock/system-clock.ts'

export interface Paced<Args extends unknown[]> {
  (...args: Args): void
  /** Drops the call that is waiting, if any. */
  cancel(): void
  /** Makes the call that is waiting, if any, at once. */
  flush(): void
  /** Whether a call is waiting. */
  readonly pending: boolean
}

export interface ThrottleOptions {
  intervalMs: number
  clock?: Clock
}

export function throttle<Args extends unknown[]>(
  call: (...args: Args) => void,
  { intervalMs, clock = systemClock }: ThrottleOptions,
): Paced<Args> {
  let waiting: Args | undefined
  let cancelTimer: (() => void) | undefined

  const begin = (args: Args): void => {
    cancelTimer = clock.schedule(intervalMs, endInterval, true)
    call(...args)
  }
  const endInterval = (): void => {
    cancelTimer = undefined
    flush()
  }
  const flush = (): void => {
    if (waiting === undefined) return
    const args = waiting
    waiting = undefined
    cancelTimer?.()
    begin(args)
  }
  const cancel = (): void => {
    waiting = undefined
  }
  const paced = (...args: Args): void => {
    if (cancelTimer === undefined) begin(args)
    else waiting = args
  }
  return Object.defineProperty(Object.assign(paced, { cancel, flush }), 'pending', {
    get: () => waiting !== undefined,
  }) as Paced<Args>
}
