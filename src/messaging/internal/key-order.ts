/** KeyOrder: runs tasks of different keys at once and those of one key one after the other. */

export class KeyOrder {
  /** The last task of each key; a key without one is not here. */
  readonly #tails = new Map<string, Promise<void>>()

  /** Tasks without a key wait for nobody. `task` must not reject. */
  run(key: string | undefined, task: () => Promise<void>): Promise<void> {
    if (key === undefined) return task()
    const before = this.#tails.get(key)
    const running = before === undefined ? task() : before.then(task)
    const tail = running.then(() => {
      if (this.#tails.get(key) === tail) this.#tails.delete(key)
    })
    this.#tails.set(key, tail)
    return tail
  }
}
