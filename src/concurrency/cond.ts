/**
 * Cond: waiting under a lock for something that another holder of the lock changes.
 *
 *   using _held = await mutex.lock()
 *   while (!isReady) await cond.wait()      // unlocked while it waits, locked again when it goes on
 */
import { Context } from '../foundation/context/context.ts'
import { PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'
import type { Mutex } from './mutex.ts'

export class Cond {
  readonly #mutex: Mutex
  readonly #waiters = new WaitQueue<PromiseWaiter<void>>('Cond.wait')

  constructor(mutex: Mutex) {
    this.#mutex = mutex
  }

  /**
   * Unlocks, waits for `signal` or `broadcast`, and locks again. It holds the lock even when it throws, as its caller expects.
   *
   * @throws ServiceError NOT_LOCKED; why the context (default: the current one) was cancelled while it waited.
   */
  async wait(context?: Context): Promise<void> {
    const waiter = new PromiseWaiter<void>()
    this.#waiters.pushUntilCancelled(waiter, context)
    try {
      this.#mutex.unlock()
    } catch (error) {
      this.#waiters.remove(waiter)
      throw error
    }
    try {
      await waiter.promise
    } finally {
      // In a context of its own: whoever was cancelled while waiting must still get the lock back.
      await this.#mutex.lock(new Context())
    }
  }

  /** Wakes the one that waits longest. */
  signal(): void {
    this.#waiters.shift()?.resolve()
  }

  /** Wakes all. */
  broadcast(): void {
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) waiter.resolve()
  }
}
