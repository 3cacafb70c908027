/**
 * Pool: objects that are dear to make, kept for the next who needs one.
 *
 *   get ──one is kept──▶ the one last put back, still warm ──▶ use ──▶ put ──▶ kept, up to `maxKept`, else let go
 *     └─none─▶ create
 *
 * As Go's `sync.Pool` it bounds nothing but what it keeps. To bound how many are in use, add a `Semaphore`.
 */

export interface PoolOptions<T> {
  create: () => T
  /** Makes one that comes back fit for the next user: lengths to 0, secrets overwritten. */
  reset?: (value: T) => void
  /** Most that are kept unused. Default 64; more would hold memory that a garbage collector could free. */
  maxKept?: number
}

export class Pool<T> {
  readonly #create: () => T
  readonly #reset: ((value: T) => void) | undefined
  readonly #maxKept: number
  readonly #kept: T[] = []

  constructor({ create, reset, maxKept = 64 }: PoolOptions<T>) {
    this.#create = create
    this.#reset = reset
    this.#maxKept = maxKept
  }

  /** How many are kept unused. */
  get kept(): number {
    return this.#kept.length
  }

  get(): T {
    return this.#kept.length > 0 ? (this.#kept.pop() as T) : this.#create()
  }

  /** Gives it back; it must not be used after. */
  put(value: T): void {
    if (this.#kept.length >= this.#maxKept) return
    this.#reset?.(value)
    this.#kept.push(value)
  }

  /** `work` with one of them, put back when it ends; one whose work failed is let go, for who knows what state it is in. */
  async use<R>(work: (value: T) => R | Promise<R>): Promise<R> {
    const value = this.get()
    const result = await work(value)
    this.put(value)
    return result
  }

  /** Lets go of all that are kept. */
  clear(): void {
    this.#kept.length = 0
  }
}
