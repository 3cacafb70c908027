/**
 * WaitGroup: waits until a count is down to zero.
 *
 *   add(2) ─ done() ─ done() ─▶ everybody in wait() goes on; it may be used again
 *
 * For tasks take a `Group`, which also carries errors and cancellation.
 */
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { done, PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'

export class WaitGroup {
  #count = 0
  readonly #waiters = new WaitQueue<PromiseWaiter<void>>('WaitGroup.wait')

  get count(): number {
    return this.#count
  }

  /** @throws ServiceError BAD_COUNT when the count would fall below zero. */
  add(delta: number = 1): void {
    if (!Number.isSafeInteger(delta) || this.#count + delta < 0) throw badCount(this.#count, delta)
    this.#count += delta
    if (this.#count > 0) return
    for (let waiter = this.#waiters.shift(); waiter !== undefined; waiter = this.#waiters.shift()) waiter.resolve()
  }

  done(): void {
    this.add(-1)
  }

  /** Counts `body` in and, when it has ended, out. Its error is the caller's, who has the promise. */
  go<T>(body: () => T | Promise<T>): Promise<T> {
    this.add(1)
    return Promise.try(body).finally(() => this.done())
  }

  /** @throws ServiceError why the context (default: the current one) was cancelled while it waited. */
  wait(context?: Context): Promise<void> {
    if (this.#count === 0) return done
    const waiter = new PromiseWaiter<void>()
    this.#waiters.pushUntilCancelled(waiter, context)
    return waiter.promise
  }
}

function badCount(count: number, delta: number): ServiceError {
  return new ServiceError(
    'BAD_COUNT',
    `A wait group counts whole numbers and never below zero: it is at ${count} and was to change by ${delta}. Is done() called too often?`,
  )
}
