/**
 * RollingWindow: how many calls of the last seconds were good and bad, counted in buckets.
 *
 *   [ 3/0 ][ 5/1 ][ 4/4 ] … [ now ]      each bucket leaves as a whole when it is older than the window
 */

export interface RollingWindowOptions {
  readonly windowMs: number
  readonly buckets: number
}

export class RollingWindow {
  readonly buckets: number
  readonly #bucketMs: number
  readonly #good: Uint32Array
  readonly #bad: Uint32Array
  readonly #refused: Uint32Array
  /** Number of the current bucket since time zero. */
  #at = Number.NEGATIVE_INFINITY
  #goodTotal = 0
  #badTotal = 0
  #refusedTotal = 0

  constructor({ windowMs, buckets }: RollingWindowOptions) {
    this.buckets = buckets
    this.#bucketMs = windowMs / buckets
    this.#good = new Uint32Array(buckets)
    this.#bad = new Uint32Array(buckets)
    this.#refused = new Uint32Array(buckets)
  }

  get good(): number {
    return this.#goodTotal
  }

  get bad(): number {
    return this.#badTotal
  }

  /** Calls that were not made. */
  get refused(): number {
    return this.#refusedTotal
  }

  addGood(nowMs: number): void {
    const bucket = this.moveTo(nowMs)
    this.#good[bucket] = (this.#good[bucket] ?? 0) + 1
    this.#goodTotal++
  }

  addBad(nowMs: number): void {
    const bucket = this.moveTo(nowMs)
    this.#bad[bucket] = (this.#bad[bucket] ?? 0) + 1
    this.#badTotal++
  }

  addRefused(nowMs: number): void {
    const bucket = this.moveTo(nowMs)
    this.#refused[bucket] = (this.#refused[bucket] ?? 0) + 1
    this.#refusedTotal++
  }

  /** Buckets up to now in which calls succeeded and none failed; those without any outcome do not interrupt the run. */
  get workingBuckets(): number {
    return this.#runOf(this.#good, this.#bad)
  }

  /** The same for buckets in which calls only failed. */
  get failingBuckets(): number {
    return this.#runOf(this.#bad, this.#good)
  }

  /** Forgets what has become too old; the place of the current bucket. */
  moveTo(nowMs: number): number {
    const at = Math.floor(nowMs / this.#bucketMs)
    if (at > this.#at) this.#forget(Math.min(this.buckets, at - this.#at), at)
    return this.#at % this.buckets
  }

  clear(): void {
    this.#good.fill(0)
    this.#bad.fill(0)
    this.#refused.fill(0)
    this.#goodTotal = this.#badTotal = this.#refusedTotal = 0
  }

  #forget(count: number, at: number): void {
    this.#at = at
    for (let back = 0; back < count; back++) {
      const bucket = (((at - back) % this.buckets) + this.buckets) % this.buckets
      this.#goodTotal -= this.#good[bucket] ?? 0
      this.#badTotal -= this.#bad[bucket] ?? 0
      this.#refusedTotal -= this.#refused[bucket] ?? 0
      this.#good[bucket] = this.#bad[bucket] = this.#refused[bucket] = 0
    }
  }

  #runOf(wanted: Uint32Array, unwanted: Uint32Array): number {
    let run = 0
    for (let back = 0; back < this.buckets; back++) {
      const bucket = (this.#at - back + this.buckets) % this.buckets
      if ((unwanted[bucket] ?? 0) > 0) return run
      if ((wanted[bucket] ?? 0) > 0) run++
    }
    return run
  }
}
