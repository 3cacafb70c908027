/**
 * Clock: the only source of time for everything that waits.
 *
 * Code that sleeps, times out or measures takes a `Clock`, so that tests turn time by hand and never sleep.
 */

export interface Clock {
  /** Wall time in milliseconds since the Unix epoch. It may jump; never subtract two readings to get a duration. */
  now(): number
  /** Milliseconds on a scale that only moves forward, from an arbitrary start. Durations and deadlines use this one. */
  monotonic(): number
  /**
   * Calls `task` once after `delayMs` (at least 0) and returns its canceller. The timer does not keep the process alive,
   * unless `holding` says that somebody awaits it.
   */
  schedule(delayMs: number, task: () => void, holding?: boolean): CancelTimer
  /**
   * Resolves after `delayMs`.
   *
   * @throws the signal's reason as soon as `signal` aborts; at once if it already has.
   */
  sleep(delayMs: number, signal?: AbortSignal): Promise<void>
}

/** Prevents the task from running; calling it later or twice does nothing. */
export type CancelTimer = () => void
