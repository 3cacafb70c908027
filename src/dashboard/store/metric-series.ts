/** MetricSeries: one series over time, cumulative. */
import type { AttributeMap } from '../contract/attributes.ts'
import type { PointValue } from '../otlp/metric-points.ts'
import { sameBounds } from './distribution.ts'
import { PointColumn } from './point-column.ts'

export class MetricSeries {
  readonly service: string
  readonly instance: string | null
  readonly attributes: AttributeMap
  readonly isDelta: boolean
  /** Ascending in time. */
  readonly points: PointColumn = new PointColumn()

  constructor(of: { service: string; instance: string | null; attributes: AttributeMap; isDelta: boolean }) {
    this.service = of.service
    this.instance = of.instance
    this.attributes = of.attributes
    this.isDelta = of.isDelta
  }

  /** Numbers held, which is what the memory is for. */
  get size(): number {
    return this.points.size
  }

  /** One that is not later than the last is left out: it was sent twice, or two senders share a name. */
  add(atMs: number, value: PointValue): boolean {
    const last = this.points.at(-1)
    if (last !== undefined && atMs <= last.atMs) return false
    this.points.push({ atMs, value: this.isDelta && last !== undefined ? plus(last.value, value) : value })
    return true
  }

  forgetBefore(atMs: number): void {
    this.points.forgetBefore(atMs)
  }
}

function plus(before: PointValue, more: PointValue): PointValue {
  if (typeof before === 'number' || typeof more === 'number') {
    return typeof before === 'number' && typeof more === 'number' ? before + more : more
  }
  const counts = sameBounds(before, more)
    ? more.counts.map((count, at) => count + (before.counts[at] ?? 0))
    : more.counts
  return { ...more, count: before.count + more.count, sum: before.sum + more.sum, counts }
}

/**
 * What was added between two cumulative values. One that is lower than before began anew, so that all of it is new; a
 * histogram whose buckets have changed says nothing about them.
 */
export function increase(before: PointValue, after: PointValue): PointValue {
  if (typeof before === 'number' || typeof after === 'number') {
    if (typeof before !== 'number' || typeof after !== 'number') return after
    return after >= before ? after - before : after
  }
  if (after.count < before.count || !sameBounds(before, after)) return after
  const counts = after.counts.map((count, at) => Math.max(0, count - (before.counts[at] ?? 0)))
  return { ...after, count: after.count - before.count, sum: after.sum - before.sum, counts }
}
