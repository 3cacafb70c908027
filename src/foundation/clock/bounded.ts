/** Work that may take so long and no longer. */
import type { Clock } from './clock.ts'

/**
 * Runs `work` for at most `limitMs`, then aborts its signal and throws `overdue()` without waiting for it.
 *
 * @throws what the work throws, or what `overdue` makes.
 */
export async function bounded<T>(
  clock: Pick<Clock, 'schedule'>,
  limitMs: number,
  work: (signal: AbortSignal) => T | Promise<T>,
  overdue: () => Error,
): Promise<T> {
  const controller = new AbortController()
  const { promise: expiry, reject } = Promise.withResolvers<never>()
  const cancelTimer = clock.schedule(limitMs, () => {
    const error = overdue()
    controller.abort(error)
    reject(error)
  })
  try {
    return await Promise.race([work(controller.signal), expiry])
  } finally {
    cancelTimer()
  }
}
