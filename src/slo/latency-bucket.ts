/**
 * Latency bucket: which bucket of a histogram counts the requests that were quick enough.
 *
 *   bounds   …  0.1 ──────── 0.25 ──────── 0.5  …  10
 *   limit           0.2       0.25                      20        0.0001
 *   taken      0.1 stricter   exact        …       10 stricter    the first, looser
 *
 * A histogram knows how many requests stayed below its bounds and nothing between them. Where the limit is no bound, the next
 * one below is taken: it may alarm too early, and hides nothing.
 */

export interface LatencyBucket {
  /** Upper bound of the bucket, in seconds. */
  readonly boundSeconds: number
  /** `stricter` counts some requests as slow that were quick enough, `looser` the other way round. */
  readonly fit: 'exact' | 'stricter' | 'looser'
}

/** @param bounds Upper bounds in seconds, ascending, at least one. */
export function latencyBucket(limitMs: number, bounds: readonly number[]): LatencyBucket {
  const limitSeconds = limitMs / 1_000
  const boundSeconds = bounds.findLast((bound) => bound <= limitSeconds)
  if (boundSeconds === undefined) return { boundSeconds: bounds[0] ?? limitSeconds, fit: 'looser' }
  return { boundSeconds, fit: boundSeconds === limitSeconds ? 'exact' : 'stricter' }
}
