/**
 * RWMutex: many readers at once, or one writer.
 *
 *   free ──readLock──▶ read by n ──readUnlock──▶ n = 0: free
 *   free ──lock──▶ written ──unlock──▶ free
 *
 * One line for both, first come, first served: readers behind a waiting writer wait as well, so that no writer starves.
 */
import type { Context } from '../foundation/context/context.ts'
import { PromiseWaiter, WaitQueue } from './internal/wait-queue.ts'
import { notLocked } from './mutex.ts'

export class RWMutex {
  #readers = 0
  #written = false
  readonly #waiters = new WaitQueue<LockWaiter>('RWMutex.lock')
  readonly #writeHold: Disposable = { [Symbol.dispose]: () => this.unlock() }
  readonly #readHold: Disposable = { [Symbol.dispose]: () => this.readUnlock() }
  readonly #writeFree = Promise.resolve(this.#writeHold)
  readonly #readFree = Promise.resolve(this.#readHold)

  /** For writing. @throws ServiceError why the context (default: the current one) was cancelled while it waited. */
  lock(context?: Context): Promise<Disposable> {
    return this.tryLock() ? this.#writeFree : this.#wait('write', context)
  }

  /** For reading. @throws ServiceError why the context (default: the current one) was cancelled while it waited. */
  readLock(context?: Context): Promise<Disposable> {
    return this.tryReadLock() ? this.#readFree : this.#wait('read', context)
  }

  tryLock(): boolean {
    if (this.#written || this.#readers > 0) return false
    this.#written = true
    return true
  }

  tryReadLock(): boolean {
    if (this.#written || this.#waiters.length > 0) return false
    this.#readers++
    return true
  }

  /** @throws ServiceError NOT_LOCKED when nobody writes. */
  unlock(): void {
    if (!this.#written) throw notLocked('mutex')
    this.#written = false
    this.#admit()
  }

  /** @throws ServiceError NOT_LOCKED when nobody reads. */
  readUnlock(): void {
    if (this.#readers === 0) throw notLocked('mutex')
    this.#readers--
    this.#admit()
  }

  /** `work` as the only one. @throws what `work` throws. */
  async write<T>(work: () => T | Promise<T>, context?: Context): Promise<T> {
    using _held = await this.lock(context)
    return await work()
  }

  /** `work` beside other readers. @throws what `work` throws. */
  async read<T>(work: () => T | Promise<T>, context?: Context): Promise<T> {
    using _held = await this.readLock(context)
    return await work()
  }

  #wait(kind: 'read' | 'write', context: Context | undefined): Promise<Disposable> {
    const waiter = new LockWaiter(kind, () => this.#admit())
    this.#waiters.pushUntilCancelled(waiter, context)
    return waiter.promise
  }

  /** Lets in from the front of the line: readers together, a writer alone. */
  #admit(): void {
    for (let first = this.#waiters.first; first !== undefined && this.#canEnter(first.kind); ) {
      this.#waiters.shift()
      if (first.kind === 'read') this.#readers++
      else this.#written = true
      first.resolve(first.kind === 'read' ? this.#readHold : this.#writeHold)
      first = this.#waiters.first
    }
  }

  #canEnter(kind: 'read' | 'write'): boolean {
    return !this.#written && (kind === 'read' || this.#readers === 0)
  }
}

class LockWaiter extends PromiseWaiter<Disposable> {
  readonly kind: 'read' | 'write'
  readonly #left: () => void

  constructor(kind: 'read' | 'write', left: () => void) {
    super()
    this.kind = kind
    this.#left = left
  }

  /** A writer that gives up no longer holds back the readers behind it. */
  override fail(error: Error): void {
    super.fail(error)
    this.#left()
  }
}
