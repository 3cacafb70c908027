/**
 * SharedCounter: a number that all threads count on, by `Atomics`.
 *
 *   const done = new SharedCounter()
 *   workers.run(scan, { file, done: done.memory })          // in the work: new SharedCounter(input.done).add(1)
 */

export class SharedCounter {
  /** What crosses to a thread; both sides see one memory. */
  readonly memory: SharedArrayBuffer
  readonly #cell: BigInt64Array

  /** Without memory, a new one at 0. */
  constructor(memory: SharedArrayBuffer = new SharedArrayBuffer(8)) {
    this.memory = memory
    this.#cell = new BigInt64Array(memory, 0, 1)
  }

  /** Exact up to 2 ** 53. */
  get value(): number {
    return Number(Atomics.load(this.#cell, 0))
  }

  /** The value after adding a whole number. */
  add(delta: number = 1): number {
    return Number(Atomics.add(this.#cell, 0, BigInt(delta))) + delta
  }
}
