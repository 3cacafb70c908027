/**
 * MetricBlocks: the points of the last two hours on the disk, so that a dashboard that was started again still draws them.
 *
 *   add ─▶ waiting ─ a minute, or 20,000 points ─▶ block          restore ─▶ blocks, oldest first ─▶ MetricStore
 *
 * In a block each series is described once; its points are its number, time and value. What a crash takes is a minute.
 */
import type { Clock } from '../../foundation/clock/clock.ts'
import type { MetricPoint, PointValue } from '../otlp/metric-points.ts'
import type { BlockFile } from './block-file.ts'

export interface MetricBlocksOptions {
  readonly blocks: BlockFile
  readonly clock: Clock
}

type SeriesOfPoint = Omit<MetricPoint, 'atMs' | 'value'>
type MetricBlock = readonly [
  series: readonly SeriesOfPoint[],
  points: readonly (readonly [series: number, atMs: number, value: PointValue])[],
]

const writeAfterMs = 60_000
const maxWaiting = 20_000

export class MetricBlocks {
  readonly #blocks: BlockFile
  readonly #clock: Clock
  #waiting: MetricPoint[] = []
  #writtenMs: number

  constructor({ blocks, clock }: MetricBlocksOptions) {
    this.#blocks = blocks
    this.#clock = clock
    this.#writtenMs = clock.monotonic()
  }

  get bytes(): number {
    return this.#blocks.bytes
  }

  /** What is kept and not older than that, the oldest first. */
  *restore(fromMs: number): Generator<readonly MetricPoint[]> {
    const heads = [...this.#blocks.find({ fromMs, orderBy: 'rank', terms: [] })].reverse()
    for (const { id } of heads) {
      const [series, points] = (this.#blocks.read(id) ?? [[], []]) as MetricBlock
      yield points.flatMap(([at, atMs, value]) => {
        const known = series[at]
        return known === undefined || atMs < fromMs ? [] : [{ ...known, atMs, value }]
      })
    }
  }

  add(points: readonly MetricPoint[]): void {
    for (const point of points) this.#waiting.push(point)
    if (this.#waiting.length >= maxWaiting) this.flush()
  }

  tick(): void {
    if (this.#clock.monotonic() - this.#writtenMs >= writeAfterMs) this.flush()
  }

  flush(): void {
    this.#writtenMs = this.#clock.monotonic()
    const points = this.#waiting
    if (points.length === 0) return
    this.#waiting = []
    const times = points.map(({ atMs }) => atMs)
    this.#blocks.add({
      fromMs: times.reduce((a, b) => Math.min(a, b)),
      toMs: times.reduce((a, b) => Math.max(a, b)),
      rank: (this.#blocks.highestRank ?? 0) + 1,
      items: points.length,
      terms: new Set(),
      rows: blockOf(points),
    })
  }

  forgetBefore(nowMs: number): void {
    this.#blocks.forgetBefore(nowMs)
  }
}

function blockOf(points: readonly MetricPoint[]): MetricBlock {
  const places = new Map<string, number>()
  const series: SeriesOfPoint[] = []
  const rows = points.map(({ atMs, value, ...of }) => {
    const key = JSON.stringify([of.name, of.service, of.instance, of.attributes])
    const place = places.get(key) ?? series.push(of) - 1
    places.set(key, place)
    return [place, atMs, value] as const
  })
  return [series, rows]
}
