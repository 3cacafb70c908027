/**
 * MetricStore: series of the last two hours, in memory, within a bound on all numbers together. MetricBlocks keeps them over a restart.
 *
 *   add ─▶ family by name ─▶ series by service, instance and attributes ─▶ points
 *                                 └─ too many numbers: a new series is refused and counted
 */
import type { Aggregate, MetricQuery, MetricView, RangeSeries, RangeView } from '../contract/metrics.ts'
import type { MetricPoint, PointValue } from '../otlp/metric-points.ts'
import { quantileOf, together } from './distribution.ts'
import { increase, MetricSeries } from './metric-series.ts'
import type { SeriesPoint } from './point-column.ts'
import { has, pairOf, valueText } from './trace-summary.ts'

interface Family {
  readonly name: string
  readonly kind: MetricView['kind']
  description: string
  readonly unit: string
  readonly series: Map<string, MetricSeries>
}

/** Two hours. */
export const keptMs = 7_200_000
const maxSeries = 5_000
const maxNumbers = 3_000_000
const maxFamilies = 1_000
const shownSeries = 50
const stepsWished = 180

export class MetricStore {
  readonly #families = new Map<string, Family>()
  #seriesCount = 0
  #numbers = 0
  #points = 0
  #rejected = 0

  get series(): number {
    return this.#seriesCount
  }
  get points(): number {
    return this.#points
  }
  get rejected(): number {
    return this.#rejected
  }
  /** Roughly what the numbers take in memory. */
  get bytes(): number {
    return this.#numbers * 8
  }

  add(points: readonly MetricPoint[]): void {
    for (const point of points) if (!this.#addOne(point)) this.#rejected++
  }

  #addOne(point: MetricPoint): boolean {
    const series = this.#seriesFor(point)
    if (series === undefined) return false
    const before = series.size
    if (series.add(point.atMs, point.value)) {
      this.#numbers += series.size - before
      this.#points++
    }
    return true
  }

  #seriesFor(point: MetricPoint): MetricSeries | undefined {
    const { name, kind, description, unit, service, instance, attributes, isDelta } = point
    let family = this.#families.get(name)
    if (family === undefined) {
      if (this.#families.size >= maxFamilies) return undefined
      family = { name, kind, description, unit, series: new Map() }
      this.#families.set(name, family)
    }
    // One name with two meanings cannot be drawn; the first one that came stays.
    if (family.kind !== kind) return undefined
    const key = JSON.stringify([service, instance, Object.entries(attributes).sort()])
    const known = family.series.get(key)
    if (known !== undefined) return this.#numbers < maxNumbers ? known : undefined
    if (this.#seriesCount >= maxSeries || this.#numbers >= maxNumbers) return undefined
    const series = new MetricSeries({ service, instance, attributes, isDelta })
    family.series.set(key, series)
    this.#seriesCount++
    return series
  }

  forgetBefore(nowMs: number): void {
    this.#numbers = 0
    this.#seriesCount = 0
    this.#points = 0
    for (const [name, { series }] of this.#families) {
      for (const [key, one] of series) {
        one.forgetBefore(nowMs - keptMs)
        if (one.points.length === 0) series.delete(key)
        this.#numbers += one.size
        this.#points += one.points.length
      }
      this.#seriesCount += series.size
      if (series.size === 0) this.#families.delete(name)
    }
  }

  list(service: string | undefined): MetricView[] {
    return [...this.#families.values()]
      .flatMap(({ name, kind, description, unit, series }): MetricView[] => {
        const wanted = [...series.values()].filter((one) => service === undefined || one.service === service)
        if (wanted.length === 0) return []
        const services = [...new Set(wanted.map((one) => one.service))].sort()
        const attributes = [...new Set(wanted.flatMap((one) => Object.keys(one.attributes)))].sort()
        return [{ name, kind, description, unit, services, series: wanted.length, attributes }]
      })
      .sort((a, b) => (a.name < b.name ? -1 : 1))
  }

  /** Undefined for a metric that is not known. */
  range(name: string, query: MetricQuery, nowMs: number): RangeView | undefined {
    const family = this.#families.get(name)
    if (family === undefined) return undefined
    const { service, attribute = [], by, toMs = nowMs, fromMs = toMs - 15 * 60_000 } = query
    const pairs = attribute.map(pairOf)
    const wanted = [...family.series.values()].filter(
      (one) =>
        (service === undefined || one.service === service) &&
        pairs.every(([key, value]) => has(one.attributes, key, value)),
    )
    const stepMs = stepFor(wanted, query.stepMs, toMs - fromMs)
    const aggregate = aggregateFor(family.kind, query.aggregate)
    const count = Math.min(2_000, Math.max(1, Math.ceil((toMs - fromMs) / stepMs)))
    const times = Array.from({ length: count }, (_, at) => toMs - (count - at - 1) * stepMs)
    const steps: Steps = { times, stepMs, kind: family.kind, aggregate }
    const lines = groupsOf(wanted, by).map(({ service, labels, series }): RangeSeries => {
      return { service, labels, values: valuesOf(series, steps) }
    })
    const drawn = lines.toSorted((a, b) => peakOf(b) - peakOf(a)).slice(0, shownSeries)
    const { kind, unit } = family
    return { metric: name, kind, unit, aggregate, stepMs, times, series: drawn, leftOut: lines.length - drawn.length }
  }
}

interface Steps {
  readonly times: readonly number[]
  readonly stepMs: number
  readonly kind: MetricView['kind']
  readonly aggregate: Aggregate
}

/** No finer than points arrive: between them there would be nothing. */
function stepFor(series: readonly MetricSeries[], asked: number | undefined, rangeMs: number): number {
  if (asked !== undefined) return asked
  const gaps = series.slice(0, 20).flatMap(({ points }) => {
    const [last, before] = [points.at(-1), points.at(-2)]
    return last === undefined || before === undefined ? [] : [last.atMs - before.atMs]
  })
  const gapMs = gaps.length === 0 ? 1_000 : Math.max(...gaps)
  const wholeSeconds = (ms: number): number => Math.ceil(ms / 1_000) * 1_000
  return Math.min(3_600_000, Math.max(1_000, wholeSeconds(rangeMs / stepsWished), wholeSeconds(gapMs * 1.05)))
}

function aggregateFor(kind: MetricView['kind'], asked: Aggregate | undefined): Aggregate {
  const isDistribution = kind === 'histogram' || kind === 'summary'
  if (asked !== undefined) {
    const isNumberOnly = asked === 'value'
    const isDistributionOnly = asked !== 'value' && asked !== 'rate'
    if (isDistribution ? !isNumberOnly : !isDistributionOnly) return asked
  }
  return isDistribution ? 'p99' : kind === 'counter' ? 'rate' : 'value'
}

interface Group {
  readonly service: string
  readonly labels: Readonly<Record<string, string>>
  readonly series: readonly MetricSeries[]
}

function groupsOf(series: readonly MetricSeries[], by: string | undefined): Group[] {
  const groups = new Map<string, { service: string; labels: Record<string, string>; series: MetricSeries[] }>()
  for (const one of series) {
    const labels = labelsOf(one, by)
    const key = JSON.stringify([one.service, labels])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { service: one.service, labels, series: [one] })
    else group.series.push(one)
  }
  return [...groups.values()]
}

function labelsOf({ attributes, instance }: MetricSeries, by: string | undefined): Record<string, string> {
  if (by !== undefined) return { [by]: valueText(attributes[by] ?? '') }
  const own = Object.entries(attributes).map(([name, value]) => [name, valueText(value)] as const)
  return { ...Object.fromEntries(own), ...(instance !== null && { instance }) }
}

function valuesOf(series: readonly MetricSeries[], steps: Steps): (number | null)[] {
  const columns = series.map(({ points }) =>
    steps.kind === 'gauge' ? lastIn(points, steps) : increaseIn(points, steps),
  )
  return steps.times.map((_, at) => {
    const parts = columns.flatMap((column) => column[at] ?? [])
    return parts.length === 0 ? null : combined(parts, steps)
  })
}

function combined(parts: readonly PointValue[], { aggregate, stepMs }: Steps): number | null {
  const numbers = parts.filter((part) => typeof part === 'number')
  if (numbers.length > 0) {
    const sum = numbers.reduce((total, value) => total + value, 0)
    return aggregate === 'rate' ? sum / (stepMs / 1_000) : sum
  }
  const whole = together(parts.filter((part) => typeof part !== 'number'))
  if (whole === undefined) return null
  if (aggregate === 'rate') return whole.count / (stepMs / 1_000)
  if (aggregate === 'avg') return whole.count === 0 ? null : whole.sum / whole.count
  return quantileOf(whole, Number(aggregate.slice(1)) / 100)
}

/** The last point within each step. */
function lastIn(points: Iterable<SeriesPoint>, { times, stepMs }: Steps): (PointValue | undefined)[] {
  const column: (PointValue | undefined)[] = times.map(() => undefined)
  const firstMs = (times[0] ?? 0) - stepMs
  for (const { atMs, value } of points) {
    const at = Math.ceil((atMs - firstMs) / stepMs) - 1
    if (at >= 0 && at < column.length) column[at] = value
  }
  return column
}

/** What was added within each step: from each point to the next, counted where the later one lies. */
function increaseIn(points: Iterable<SeriesPoint>, { times, stepMs }: Steps): (PointValue | undefined)[] {
  const column: (PointValue | undefined)[] = times.map(() => undefined)
  const firstMs = (times[0] ?? 0) - stepMs
  let before: SeriesPoint | undefined
  for (const point of points) {
    const at = Math.ceil((point.atMs - firstMs) / stepMs) - 1
    if (before !== undefined && at >= 0 && at < column.length) {
      const more = increase(before.value, point.value)
      const sofar = column[at]
      column[at] = sofar === undefined ? more : added(sofar, more)
    }
    before = point
  }
  return column
}

function added(a: PointValue, b: PointValue): PointValue {
  if (typeof a === 'number' && typeof b === 'number') return a + b
  if (typeof a === 'number' || typeof b === 'number') return b
  return together([a, b]) ?? b
}

function peakOf({ values }: RangeSeries): number {
  return values.reduce<number>(
    (peak, value) => (value !== null && value > peak ? value : peak),
    Number.NEGATIVE_INFINITY,
  )
}
