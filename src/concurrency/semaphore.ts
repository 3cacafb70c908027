/**
 * Semaphore: a number of permits, handed out in order.
 *
 *   acquire(n) ──n are free and nobody waits──▶ held ──release(n)──▶ the first that waits and whose n are free, and so on
 *        └─else─▶ waits; a large one is not overtaken by small ones, so that it does not starve
 */
import type { Context } from '../foundation/context/context.ts'
import { ServiceError } from '../foundation/errors/service-error.ts'
import { done, PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'

export class Semaphore {
  /** All that there are. */
  readonly permits: number
  #free: number
  readonly #waiters = new WaitQueue<PermitWaiter>('Semaphore.acquire')

  /** @throws ServiceError BAD_PERMITS for anything but a whole number from 1. */
  constructor(permits: number) {
    if (!Number.isSafeInteger(permits) || permits < 1) throw badPermits(permits, 'a semaphore has 1 or more')
    this.permits = permits
    this.#free = permits
  }

  get free(): number {
    return this.#free
  }

  get waiting(): number {
    return this.#waiters.length
  }

  /**
   * Resolves when `count` permits are this caller's.
   *
   * @throws ServiceError BAD_PERMITS for more than there are; why the context (default: the current one) was cancelled.
   */
  acquire(count: number = 1, context?: Context): Promise<void> {
    if (this.tryAcquire(count)) return done
    const waiter = new PermitWaiter(count, () => this.#admit())
    this.#waiters.pushUntilCancelled(waiter, context)
    return waiter.promise
  }

  /** @throws ServiceError BAD_PERMITS for more than there are. */
  tryAcquire(count: number = 1): boolean {
    if (!(count >= 1 && count <= this.permits)) throw badPermits(count, `this semaphore has ${this.permits}`)
    if (this.#waiters.length > 0 || count > this.#free) return false
    this.#free -= count
    return true
  }

  /** @throws ServiceError BAD_PERMITS when more are given back than were taken. */
  release(count: number = 1): void {
    const held = this.permits - this.#free
    if (!(count >= 1 && count <= held)) throw badPermits(count, `${held} are held`)
    this.#free += count
    if (this.#waiters.length > 0) this.#admit()
  }

  /** `work` with one permit. @throws what `work` throws. */
  async run<T>(work: () => T | Promise<T>, context?: Context): Promise<T> {
    await this.acquire(1, context)
    try {
      return await work()
    } finally {
      this.release()
    }
  }

  #admit(): void {
    for (let first = this.#waiters.first; first !== undefined && first.count <= this.#free; ) {
      this.#waiters.shift()
      this.#free -= first.count
      first.resolve()
      first = this.#waiters.first
    }
  }
}

class PermitWaiter extends PromiseWaiter<void> {
  readonly count: number
  readonly #left: () => void

  constructor(count: number, left: () => void) {
    super()
    this.count = count
    this.#left = left
  }

  /** One that gives up no longer holds back those behind it. */
  override fail(error: Error): void {
    super.fail(error)
    this.#left()
  }
}

function badPermits(count: unknown, rule: string): ServiceError {
  return new ServiceError(
    'BAD_PERMITS',
    `Permits are counted in whole numbers: ${rule}, and ${typeof count === 'number' ? count : typeof count} were asked for or given back.`,
  )
}
