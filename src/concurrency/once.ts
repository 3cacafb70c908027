/**
 * Once: the first call does it; every other call, earlier or later than its end, has the same outcome.
 *
 *   do(open) ─▶ open() runs ─▶ its result, promise or error is kept ◀─ do(open) ◀─ do(open)
 *
 * Go's `sync.OnceValue`, for functions that return at once and for those that return a promise.
 */

export class Once<T> {
  #outcome: { readonly value: T } | { readonly error: unknown } | undefined

  get isDone(): boolean {
    return this.#outcome !== undefined
  }

  /** @throws what the first call threw, each time. */
  do(work: () => T): T {
    this.#outcome ??= attempt(work)
    if ('error' in this.#outcome) throw this.#outcome.error
    return this.#outcome.value
  }
}

function attempt<T>(work: () => T): { readonly value: T } | { readonly error: unknown } {
  try {
    return { value: work() }
  } catch (error) {
    return { error }
  }
}
