/** The machine's own time. */
import type { CancelTimer, Clock } from './clock.ts'
import { sleepOn } from './sleep.ts'

/** Longest delay that a runtime's timer takes; a longer one would fire at once. */
const maxTimerMs = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  schedule,
  // Somebody awaits the end of a sleep, so unlike a scheduled task it keeps the process alive.
  sleep: (delayMs, signal) => sleepOn({ schedule: (ms, task) => schedule(ms, task, true) }, delayMs, signal),
}

function schedule(delayMs: number, task: () => void, holding = false): CancelTimer {
  const timer = setTimeout(task, clampDelay(delayMs))
  if (!holding) timer.unref()
  return () => clearTimeout(timer)
}

function clampDelay(delayMs: number): number {
  return Math.min(Math.max(delayMs, 0), maxTimerMs)
}
