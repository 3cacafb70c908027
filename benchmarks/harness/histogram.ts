/**
 * Latencies as the generator counts them: exact below 128 ns, then 64 buckets to each doubling (1.6 % wide).
 *
 *   ns  0 … 127 │ 128 … 255 in 64 │ 256 … 511 in 64 │ …
 */

/** Bucket and count, as the generator prints them. */
export type Histogram = ReadonlyMap<number, number>

export function histogramFrom(pairs: readonly (readonly [number, number])[]): Histogram {
  return new Map(pairs)
}

/** Adds rounds together; percentiles of rounds cannot be added. */
export function mergeHistograms(parts: readonly Histogram[]): Histogram {
  const sum = new Map<number, number>()
  for (const part of parts) for (const [bucket, count] of part) sum.set(bucket, (sum.get(bucket) ?? 0) + count)
  return sum
}

/** The largest value, in ns, that falls into the bucket. */
export function bucketLimitNs(bucket: number): number {
  if (bucket < 128) return bucket
  const shift = Math.floor(bucket / 64) - 1
  return ((bucket % 64) + 65) * 2 ** shift - 1
}

/** The value, in ns, that the given part (0 … 1) of all does not exceed; NaN when there is none. */
export function percentileNs(histogram: Histogram, part: number): number {
  const total = [...histogram.values()].reduce((sum, count) => sum + count, 0)
  const wanted = Math.max(1, Math.ceil(total * part))
  let seen = 0
  for (const [bucket, count] of [...histogram].sort(([a], [b]) => a - b)) {
    seen += count
    if (seen >= wanted) return bucketLimitNs(bucket)
  }
  return Number.NaN
}
