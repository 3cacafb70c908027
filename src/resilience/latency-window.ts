/** LatencyWindow: a quantile of the last 128 durations. Sorting is put off: it happens once in 16 samples. */

const size = 128
const resortEvery = 16

export class LatencyWindow {
  readonly #samples = new Float64Array(size)
  #count = 0
  #sorted: Float64Array | undefined
  #sinceSorted = 0

  /** Samples seen in total. */
  get count(): number {
    return this.#count
  }

  add(durationMs: number): void {
    this.#samples[this.#count++ % size] = durationMs
    if (++this.#sinceSorted >= resortEvery) this.#sorted = undefined
  }

  /** The duration below which the share `quantile` lies; undefined before the first sample. */
  quantile(quantile: number): number | undefined {
    if (this.#count === 0) return undefined
    if (this.#sorted === undefined) {
      this.#sorted = this.#samples.slice(0, Math.min(this.#count, size)).sort()
      this.#sinceSorted = 0
    }
    return this.#sorted[Math.min(this.#sorted.length - 1, Math.floor(quantile * this.#sorted.length))]
  }
}
