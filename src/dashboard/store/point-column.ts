/**
 * PointColumn: the points of one series, ascending in time, as rows of numbers in chunks.
 *
 *   chunk = bounds and quantiles that its points share · time, value │ time, count, sum, counts …, quantiles …
 *
 * A hundred thousand distributions as objects take three times the memory of their numbers; here they take that of their numbers.
 */
import type { DistributionValue, PointValue } from '../otlp/metric-points.ts'
import { sameBounds } from './distribution.ts'

export interface SeriesPoint {
  readonly atMs: number
  readonly value: PointValue
}

/** A series that is new is short, and most are plain: a chunk is as long as all before it together, within these. */
const fewestRows = 8
const mostRows = 64

export class PointColumn implements Iterable<SeriesPoint> {
  #chunks: PointChunk[] = []
  #length = 0

  get length(): number {
    return this.#length
  }

  /** Numbers that there is memory for. */
  get size(): number {
    return this.#chunks.reduce((sum, { size }) => sum + size, 0)
  }

  /** From the end with a negative index. */
  at(index: number): SeriesPoint | undefined {
    let left = index < 0 ? this.#length + index : index
    for (const chunk of this.#chunks) {
      if (left < chunk.length) return left < 0 ? undefined : chunk.point(left)
      left -= chunk.length
    }
    return undefined
  }

  /** @param point Later than all before. */
  push({ atMs, value }: SeriesPoint): void {
    let chunk = this.#chunks.at(-1)
    if (chunk === undefined || !chunk.takes(value)) {
      chunk = new PointChunk(value, Math.min(mostRows, Math.max(fewestRows, this.#length)))
      this.#chunks.push(chunk)
    }
    chunk.push(atMs, value)
    this.#length++
  }

  forgetBefore(atMs: number): void {
    for (const chunk of this.#chunks) this.#length -= chunk.forgetBefore(atMs)
    this.#chunks = this.#chunks.filter(({ length }) => length > 0)
  }

  *[Symbol.iterator](): Iterator<SeriesPoint> {
    for (const chunk of this.#chunks) for (let at = 0; at < chunk.length; at++) yield chunk.point(at)
  }
}

class PointChunk {
  /** What the points have in common; undefined where they are plain numbers. */
  readonly #common: Pick<DistributionValue, 'bounds' | 'counts' | 'quantiles'> | undefined
  readonly #width: number
  readonly #rows: Float64Array
  /** Rows before it are forgotten. */
  #start = 0
  #end = 0

  constructor(first: PointValue, rows: number) {
    this.#common = typeof first === 'number' ? undefined : first
    this.#width = typeof first === 'number' ? 2 : 3 + first.counts.length + (first.quantiles?.length ?? 0)
    this.#rows = new Float64Array(rows * this.#width)
  }

  get length(): number {
    return this.#end - this.#start
  }

  get size(): number {
    return this.#rows.length
  }

  takes(value: PointValue): boolean {
    if ((this.#end + 1) * this.#width > this.#rows.length) return false
    const common = this.#common
    if (typeof value === 'number' || common === undefined) return typeof value === 'number' && common === undefined
    return common.counts.length === value.counts.length && sameBounds(common, value) && sameQuantiles(common, value)
  }

  push(atMs: number, value: PointValue): void {
    const rows = this.#rows
    let at = this.#end++ * this.#width
    rows[at++] = atMs
    if (typeof value === 'number') {
      rows[at] = value
      return
    }
    rows[at++] = value.count
    rows[at++] = value.sum
    for (const count of value.counts) rows[at++] = count
    for (const [, quantile] of value.quantiles ?? []) rows[at++] = quantile
  }

  point(index: number): SeriesPoint {
    const from = (this.#start + index) * this.#width
    const [atMs = 0, first = 0, sum = 0, ...rest] = this.#rows.subarray(from, from + this.#width)
    const common = this.#common
    if (common === undefined) return { atMs, value: first }
    const { bounds, counts, quantiles } = common
    const value = { count: first, sum, bounds, counts: rest.slice(0, counts.length) }
    if (quantiles === undefined) return { atMs, value }
    const known = quantiles.map(([quantile], at) => [quantile, rest[counts.length + at] ?? 0] as const)
    return { atMs, value: { ...value, quantiles: known } }
  }

  /** Says how many are gone. */
  forgetBefore(atMs: number): number {
    const before = this.#start
    while (this.#start < this.#end && (this.#rows[this.#start * this.#width] ?? 0) < atMs) this.#start++
    return this.#start - before
  }
}

function sameQuantiles(
  { quantiles: a = [] }: Pick<DistributionValue, 'quantiles'>,
  { quantiles: b = [] }: Pick<DistributionValue, 'quantiles'>,
): boolean {
  return a.length === b.length && a.every(([quantile], at) => quantile === b[at]?.[0])
}
