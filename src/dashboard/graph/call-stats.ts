/**
 * CallStats: how many, how many failed, and how long, in a few hundred bytes.
 *
 * Durations count into buckets that grow by a twelfth of an octave or so: quantiles are read from them with an error of a
 * few per cent, and two windows are put together by adding.
 */
const bucketsPerOctave = 8
/** Of the lowest bucket, in milliseconds. */
const lowestMs = 0.01
const buckets = 192

export class CallStats {
  calls = 0
  errors = 0
  readonly #counts = new Uint32Array(buckets)

  add(durationMs: number, isError: boolean): void {
    this.calls++
    if (isError) this.errors++
    const at = bucketOf(durationMs)
    this.#counts[at] = (this.#counts[at] ?? 0) + 1
  }

  include(other: CallStats): void {
    this.calls += other.calls
    this.errors += other.errors
    for (let at = 0; at < buckets; at++) this.#counts[at] = (this.#counts[at] ?? 0) + (other.#counts[at] ?? 0)
  }

  get errorRatio(): number {
    return this.calls === 0 ? 0 : this.errors / this.calls
  }

  /** In milliseconds; null without calls. */
  quantile(q: number): number | null {
    if (this.calls === 0) return null
    let left = q * this.calls
    for (let at = 0; at < buckets; at++) {
      const count = this.#counts[at] ?? 0
      // Spread evenly over its bucket, on the scale on which buckets are even.
      if (count > 0 && left <= count) return threeDigits(boundMs(at - 1 + Math.max(0, left) / count))
      left -= count
    }
    return threeDigits(boundMs(buckets - 1))
  }
}

function bucketOf(durationMs: number): number {
  const at = Math.ceil(Math.log2(durationMs / lowestMs) * bucketsPerOctave)
  return Math.min(buckets - 1, Math.max(0, at))
}

/** The upper bound of a bucket. */
function boundMs(at: number): number {
  return lowestMs * 2 ** (at / bucketsPerOctave)
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3))
}
