/** Quantiles of a histogram, as Prometheus estimates them: even within a bucket. */
import type { DistributionValue } from '../otlp/metric-points.ts'

/** Null without observations, and for one whose quantiles are not known. */
export function quantileOf(value: DistributionValue, q: number): number | null {
  const { counts, bounds, quantiles } = value
  if (quantiles !== undefined) return quantiles.find(([quantile]) => Math.abs(quantile - q) < 1e-6)?.[1] ?? null
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return null
  let left = q * total
  for (const [at, count] of counts.entries()) {
    if (left <= count && count > 0) {
      const upper = bounds[at]
      // Beyond the last bound nothing is known but that it is beyond.
      if (upper === undefined) return bounds.at(-1) ?? null
      const lower = at === 0 ? Math.min(0, upper) : (bounds[at - 1] ?? 0)
      return lower + (upper - lower) * (left / count)
    }
    left -= count
  }
  return bounds.at(-1) ?? null
}

/** Those with other buckets than the first count only into sum and count. */
export function together(values: readonly DistributionValue[]): DistributionValue | undefined {
  const [first, ...rest] = values
  if (first === undefined) return undefined
  const counts = [...first.counts]
  let { count, sum } = first
  for (const value of rest) {
    count += value.count
    sum += value.sum
    if (sameBounds(first, value)) for (const [at, more] of value.counts.entries()) counts[at] = (counts[at] ?? 0) + more
  }
  return { ...first, count, sum, counts }
}

export function sameBounds(a: Pick<DistributionValue, 'bounds'>, b: Pick<DistributionValue, 'bounds'>): boolean {
  return a.bounds.length === b.bounds.length && a.bounds.every((bound, at) => bound === b.bounds[at])
}
