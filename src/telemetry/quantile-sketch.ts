/**
 * QuantileSketch: quantiles of a stream within 1 % of the true value, in bounded memory, mergeable without loss.
 *
 * DDSketch (Masson, Rim, Lee: "DDSketch: a fast and fully-mergeable quantile sketch", VLDB 2019): values are counted in
 * bins whose bounds grow by the factor γ = (1 + a) / (1 - a) with a = 0.01; bin i holds (γ^(i-1), γ^i].
 * 2,048 bins span 17 orders of magnitude; should values span more, the smallest share a bin.
 */
import type { BinsSnapshot, SketchSnapshot } from './metric-snapshot.ts'

const accuracy = 0.01
const gamma = (1 + accuracy) / (1 - accuracy)
const logGamma = Math.log(gamma)
const maxBins = 2_048

export class QuantileSketch {
  readonly #positive = new Bins()
  readonly #negative = new Bins()
  #zeros = 0

  get count(): number {
    return this.#zeros + this.#positive.total + this.#negative.total
  }

  /** `value` must be finite. */
  add(value: number): void {
    if (value > 0) this.#positive.add(Math.ceil(Math.log(value) / logGamma), 1)
    else if (value < 0) this.#negative.add(Math.ceil(Math.log(-value) / logGamma), 1)
    else this.#zeros++
  }

  merge({ zeros, positive, negative }: SketchSnapshot): void {
    this.#zeros += zeros
    this.#positive.merge(positive)
    this.#negative.merge(negative)
  }

  /** The value below which the share `quantile` of all values lies; NaN if there are none. */
  quantile(quantile: number): number {
    if (this.count === 0) return Number.NaN
    let rank = quantile * (this.count - 1)
    if (rank < this.#negative.total) return -middleOf(this.#negative.indexAt(this.#negative.total - 1 - rank))
    rank -= this.#negative.total
    if (rank < this.#zeros) return 0
    return middleOf(this.#positive.indexAt(rank - this.#zeros))
  }

  clear(): void {
    this.#zeros = 0
    this.#positive.clear()
    this.#negative.clear()
  }

  snapshot(): SketchSnapshot {
    return { zeros: this.#zeros, positive: this.#positive.snapshot(), negative: this.#negative.snapshot() }
  }
}

/** The middle of a bin: no value in it is further away than the accuracy. */
function middleOf(index: number): number {
  return (2 * gamma ** index) / (gamma + 1)
}

/** Counts under whole indexes, kept dense from the lowest index to the highest. */
class Bins {
  #first = 0
  #counts: number[] = []
  #total = 0

  get total(): number {
    return this.#total
  }

  add(index: number, count: number): void {
    this.#total += count
    if (this.#counts.length === 0) {
      this.#first = index
      this.#counts.push(count)
      return
    }
    const at = this.#cover(index) - this.#first
    this.#counts[at] = (this.#counts[at] ?? 0) + count
  }

  merge({ first, counts }: BinsSnapshot): void {
    counts.forEach((count, at) => {
      if (count > 0) this.add(first + at, count)
    })
  }

  /** The index of the bin that holds the value of `rank`, counted from 0 at the smallest. */
  indexAt(rank: number): number {
    let below = 0
    const at = this.#counts.findIndex((count) => {
      below += count
      return below > rank
    })
    return this.#first + (at === -1 ? this.#counts.length - 1 : at)
  }

  clear(): void {
    this.#counts = []
    this.#total = 0
  }

  snapshot(): BinsSnapshot {
    return { first: this.#first, counts: [...this.#counts] }
  }

  /** Makes room for `index` and returns the index to count it under: the lowest one kept, where there is no room. */
  #cover(index: number): number {
    const last = this.#first + this.#counts.length - 1
    if (index > last) this.#growUp(index - last)
    else if (index < this.#first) this.#growDown(Math.min(this.#first - index, maxBins - this.#counts.length))
    return Math.max(index, this.#first)
  }

  #growUp(by: number): void {
    for (let i = 0; i < Math.min(by, maxBins); i++) this.#counts.push(0)
    if (by > maxBins) this.#first += by - maxBins
    const excess = this.#counts.length - maxBins
    if (excess <= 0) return
    const folded = this.#counts.splice(0, excess)
    this.#first += excess
    this.#counts[0] = folded.reduce((sum, count) => sum + count, this.#counts[0] ?? 0)
  }

  #growDown(by: number): void {
    this.#counts.unshift(...new Array<number>(by).fill(0))
    this.#first -= by
  }
}
