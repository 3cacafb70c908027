/** Waiting for time to pass, or for a turn of the event loop. */
import { systemClock } from '../foundation/clock/system-clock.ts'
import { type Context, currentContext } from '../foundation/context/context.ts'
import { done, PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'

const sleepers = new WaitQueue<PromiseWaiter<void>>('sleep')

/**
 * Resolves after `delayMs` on the context's clock. It keeps the process alive.
 *
 * @throws ServiceError why the context (default: the current one) was cancelled meanwhile.
 */
export function sleep(delayMs: number, context: Context | undefined = currentContext()): Promise<void> {
  const reason = context?.cancelled
  if (reason !== undefined) return Promise.reject(reason)
  if (delayMs <= 0) return done
  const sleeper = new PromiseWaiter<void>()
  sleepers.push(sleeper)
  const clock = context?.clock ?? systemClock
  const cancelTimer = clock.schedule(delayMs, () => wake(sleeper), true)
  sleeper.unwatch = context?.onCancel((why) => {
    cancelTimer()
    sleepers.remove(sleeper)
    sleeper.fail(why)
  })
  return sleeper.promise
}

function wake(sleeper: PromiseWaiter<void>): void {
  sleepers.remove(sleeper)
  sleeper.resolve()
}

/**
 * Lets the event loop turn: sockets, timers and other requests have their say. Go's scheduler interrupts a busy goroutine;
 * here a task that never waits for anything from outside must give way by itself.
 */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
