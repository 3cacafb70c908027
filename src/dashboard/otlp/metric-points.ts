/** Metric points out of a request: checked, bounded, cumulative, in the form in which they are kept. */
import type { AttributeMap } from '../contract/attributes.ts'
import type { MetricKind } from '../contract/metrics.ts'
import { attributesFrom } from './attributes.ts'
import { listIn, millisecondsIn, numberIn, objectIn, type Plain, textIn } from './plain.ts'
import { itemsOf, type ScopedItem } from './source.ts'
import type { Received } from './spans.ts'

export interface MetricPoint {
  readonly service: string
  readonly instance: string | null
  readonly name: string
  readonly kind: MetricKind
  readonly description: string
  readonly unit: string
  /** Whether values are counts since the point before, rather than since the start. */
  readonly isDelta: boolean
  readonly attributes: AttributeMap
  readonly atMs: number
  readonly value: PointValue
}

export type PointValue = number | DistributionValue

/** Buckets are not cumulated: `counts[i]` lies at or below `bounds[i]`, and the last beyond all of them. */
export interface DistributionValue {
  readonly count: number
  readonly sum: number
  readonly bounds: readonly number[]
  readonly counts: readonly number[]
  /** Quantiles that the sender has computed itself: a summary. */
  readonly quantiles?: readonly (readonly [quantile: number, value: number])[]
}

const maxPoints = 50_000
const maxBuckets = 200
const maxName = 256
const attributeLimits = { maxCount: 32, maxText: 256 }
const delta = 1

export function pointsFrom(request: unknown, nowMs: number): Received<MetricPoint> {
  const rows: MetricPoint[] = []
  let rejected = 0
  for (const item of itemsOf(request, ['resourceMetrics', 'scopeMetrics', 'metrics'])) {
    for (const point of pointsOf(item, nowMs)) {
      if (point === undefined || rows.length >= maxPoints) rejected++
      else rows.push(point)
    }
  }
  const reason = `A metric needs a name and one kind of data; a request holds ${maxPoints} points of ${maxBuckets} buckets.`
  return { rows, rejected, reason: rejected === 0 ? '' : reason }
}

function* pointsOf({ source, item }: ScopedItem, nowMs: number): Generator<MetricPoint | undefined> {
  const { service, instance } = source
  const name = textIn(item.name, maxName)
  const data = dataOf(item)
  for (const value of listIn(data?.points)) {
    const point = objectIn(value)
    const read = name === '' || data === undefined ? undefined : data.read(point)
    if (data === undefined || read === undefined) yield undefined
    else {
      yield {
        service,
        instance,
        name,
        kind: data.kind,
        description: textIn(item.description, 512),
        unit: textIn(item.unit, 64),
        isDelta: data.isDelta,
        attributes: attributesFrom(point.attributes, attributeLimits).map,
        atMs: millisecondsIn(point.timeUnixNano) || nowMs,
        value: read,
      }
    }
  }
}

interface MetricData {
  readonly kind: MetricKind
  readonly points: unknown
  readonly isDelta: boolean
  readonly read: (point: Plain) => PointValue | undefined
}

function dataOf(metric: Plain): MetricData | undefined {
  const isDelta = (data: Plain): boolean => numberIn(data.aggregationTemporality) === delta
  if (metric.gauge !== undefined) {
    return { kind: 'gauge', points: objectIn(metric.gauge).dataPoints, isDelta: false, read: numberOf }
  }
  if (metric.sum !== undefined) {
    const sum = objectIn(metric.sum)
    const kind = sum.isMonotonic === true ? 'counter' : 'gauge'
    return { kind, points: sum.dataPoints, isDelta: isDelta(sum), read: numberOf }
  }
  if (metric.histogram !== undefined) {
    const histogram = objectIn(metric.histogram)
    return { kind: 'histogram', points: histogram.dataPoints, isDelta: isDelta(histogram), read: histogramOf }
  }
  if (metric.exponentialHistogram !== undefined) {
    const histogram = objectIn(metric.exponentialHistogram)
    return { kind: 'histogram', points: histogram.dataPoints, isDelta: isDelta(histogram), read: exponentialOf }
  }
  if (metric.summary === undefined) return undefined
  return { kind: 'summary', points: objectIn(metric.summary).dataPoints, isDelta: false, read: summaryOf }
}

function numberOf(point: Plain): number | undefined {
  const value = point.asDouble ?? point.asInt
  if (value === undefined) return undefined
  const number = typeof value === 'string' ? Number(value) : value
  return typeof number === 'number' && Number.isFinite(number) ? number : undefined
}

function histogramOf(point: Plain): DistributionValue | undefined {
  const bounds = listIn(point.explicitBounds).map(numberIn)
  const counts = listIn(point.bucketCounts).map(numberIn)
  const isAscending = bounds.every((bound, at) => at === 0 || bound > (bounds[at - 1] ?? 0))
  const fits = counts.length === 0 || counts.length === bounds.length + 1
  if (!isAscending || !fits || counts.length > maxBuckets) return undefined
  return { count: numberIn(point.count), sum: numberIn(point.sum), bounds, counts }
}

/**
 * Bucket `i` of an exponential histogram reaches from base ** (offset + i) to base ** (offset + i + 1), base = 2 ** (2 ** -scale).
 * Negative values, which durations and sizes do not have, count into the lowest bucket.
 */
function exponentialOf(point: Plain): DistributionValue | undefined {
  const positive = objectIn(point.positive)
  const counts = listIn(positive.bucketCounts).map(numberIn)
  const scale = numberIn(point.scale)
  if (counts.length > maxBuckets || Math.abs(scale) > 20) return undefined
  const offset = numberIn(positive.offset)
  const bounds = counts.map((_, at) => 2 ** ((offset + at + 1) * 2 ** -scale))
  const lowest = 2 ** (offset * 2 ** -scale)
  if (![lowest, ...bounds].every((bound) => Number.isFinite(bound))) return undefined
  const below = listIn(objectIn(point.negative).bucketCounts).map(numberIn)
  const beneath = numberIn(point.zeroCount) + below.reduce((sum, count) => sum + count, 0)
  return {
    count: numberIn(point.count),
    sum: numberIn(point.sum),
    bounds: [lowest, ...bounds],
    counts: [beneath, ...counts, 0],
  }
}

function summaryOf(point: Plain): DistributionValue {
  const quantiles = listIn(point.quantileValues)
    .slice(0, maxBuckets)
    .map((pair) => [numberIn(objectIn(pair).quantile), numberIn(objectIn(pair).value)] as const)
  return { count: numberIn(point.count), sum: numberIn(point.sum), bounds: [], counts: [], quantiles }
}
