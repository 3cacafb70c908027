/**
 * Task: a function that a group runs.
 *
 *   queued ─▶ running ─▶ succeeded │ failed
 *      └──────────────────────────────▲   its group was cancelled before its turn
 */

export class Task<T = unknown> {
  #outcome: Outcome<T> | undefined
  #waiting: PromiseWithResolvers<T> | undefined

  /**
   * What the function returned; rejects with what it threw. Made when somebody asks: a task that nobody asks costs no promise,
   * and its error is the group's to tell.
   */
  get result(): Promise<T> {
    if (this.#waiting === undefined) {
      this.#waiting = Promise.withResolvers<T>()
      // The group's wait() reports the error; here it must not count as unhandled as well.
      this.#waiting.promise.catch(() => {})
      if (this.#outcome !== undefined) settle(this.#waiting, this.#outcome)
    }
    return this.#waiting.promise
  }

  /** Whether the function has ended, however. */
  get ended(): boolean {
    return this.#outcome !== undefined
  }

  /** @internal Called by the group, once. */
  settle(outcome: Outcome<T>): void {
    this.#outcome = outcome
    if (this.#waiting !== undefined) settle(this.#waiting, outcome)
  }
}

/** @internal */
export type Outcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

function settle<T>(waiting: PromiseWithResolvers<T>, outcome: Outcome<T>): void {
  if (outcome.ok) waiting.resolve(outcome.value)
  else waiting.reject(outcome.error)
}
