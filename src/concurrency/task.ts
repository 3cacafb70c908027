/**
 * Task: a function that a group runs.
 *
 *   queued ─▶ running ─▶ succeeded │ failed
 *      └──────────────────────────────▲   its group was cancelled before its turn
 */

export class Task<T = unknown> {
  #state: 'pending' | 'succeeded' | 'failed' = 'pending'
  /** The value or the error, once there is one; until it starts, what is to be run. One field, because there are many tasks. */
  #content: unknown
  #waiting: PromiseWithResolvers<T> | undefined

  /** @internal */
  constructor(body: unknown) {
    this.#content = body
  }

  /**
   * What the function returned; rejects with what it threw. Made when somebody asks: a task that nobody asks costs no promise,
   * and its error is the group's to tell.
   */
  get result(): Promise<T> {
    if (this.#waiting === undefined) {
      this.#waiting = Promise.withResolvers<T>()
      // The group's wait() reports the error; here it must not count as unhandled as well.
      this.#waiting.promise.catch(() => {})
      this.#tell()
    }
    return this.#waiting.promise
  }

  /** Whether the function has ended, however. */
  get ended(): boolean {
    return this.#state !== 'pending'
  }

  /** @internal What is to be run; called once. */
  takeBody(): unknown {
    const body = this.#content
    this.#content = undefined
    return body
  }

  /** @internal */
  succeed(value: T): void {
    this.#state = 'succeeded'
    this.#content = value
    this.#tell()
  }

  /** @internal */
  fail(error: unknown): void {
    this.#state = 'failed'
    this.#content = error
    this.#tell()
  }

  #tell(): void {
    if (this.#state === 'succeeded') this.#waiting?.resolve(this.#content as T)
    else if (this.#state === 'failed') this.#waiting?.reject(this.#content)
  }
}
