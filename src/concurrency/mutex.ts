/**
 * Mutex: one at a time through a stretch of code that awaits.
 *
 *   lock ──free──▶ held ──unlock──▶ the first that waits, else free
 *     └─held─▶ waits in line; it is handed over in order, so that nobody starves
 *
 *   using _held = await mutex.lock()      // unlocked at the end of the block, however it ends
 */
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'

export class Mutex {
  #locked = false
  readonly #waiters = new WaitQueue<PromiseWaiter<Disposable>>('Mutex.lock')
  readonly #hold: Disposable = { [Symbol.dispose]: () => this.unlock() }
  /** What `lock` returns when it is free: made once, so that an uncontended lock allocates nothing. */
  readonly #free = Promise.resolve(this.#hold)

  get locked(): boolean {
    return this.#locked
  }

  /**
   * Resolves when this is the holder. Not reentrant: a holder that locks again waits for itself.
   *
   * @throws ServiceError why the context (default: the current one) was cancelled while it waited.
   */
  lock(context?: Context): Promise<Disposable> {
    if (!this.#locked) {
      this.#locked = true
      return this.#free
    }
    const waiter = new PromiseWaiter<Disposable>()
    this.#waiters.pushUntilCancelled(waiter, context)
    return waiter.promise
  }

  tryLock(): boolean {
    if (this.#locked) return false
    this.#locked = true
    return true
  }

  /** @throws ServiceError NOT_LOCKED when nobody holds it. */
  unlock(): void {
    if (!this.#locked) throw notLocked('mutex')
    const next = this.#waiters.shift()
    // Handed over while locked: nobody can come in between.
    if (next !== undefined) next.resolve(this.#hold)
    else this.#locked = false
  }

  /** `work` with the lock held. @throws what `work` throws. */
  async run<T>(work: () => T | Promise<T>, context?: Context): Promise<T> {
    if (!this.tryLock()) await this.lock(context)
    try {
      return await work()
    } finally {
      this.unlock()
    }
  }
}

/** @internal */
export function notLocked(what: string): ServiceError {
  return new ServiceError(
    'NOT_LOCKED',
    `This ${what} is not locked that way, so it cannot be unlocked. Unlock once for each lock.`,
  )
}
