import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { DistributionValue } from '../otlp/metric-points.ts'
import { PointColumn, type SeriesPoint } from './point-column.ts'

const distribution = (count: number, bounds: readonly number[] = [1, 2]): DistributionValue => ({
  count,
  sum: count * 1.5,
  bounds,
  counts: [...bounds.map((bound) => bound * count), 0],
})

function columnOf(points: readonly SeriesPoint[]): PointColumn {
  const column = new PointColumn()
  for (const point of points) column.push(point)
  return column
}

describe('the points of a series', () => {
  const rows: { points: SeriesPoint[]; why: string }[] = [
    { points: [], why: 'none' },
    { points: Array.from({ length: 500 }, (_, at) => ({ atMs: at * 5_000, value: at / 3 })), why: 'over many chunks' },
    { points: Array.from({ length: 200 }, (_, at) => ({ atMs: at, value: distribution(at) })), why: 'distributions' },
    {
      points: [1, 2, 3].map((at) => ({ atMs: at, value: distribution(at, at < 3 ? [1, 2] : [1, 2, 5]) })),
      why: 'buckets that change meanwhile',
    },
    {
      points: [1, 2].map((at) => ({ atMs: at, value: { ...distribution(at), quantiles: [[0.5, at]] as const } })),
      why: 'quantiles of the sender',
    },
    {
      points: [
        { atMs: 1, value: 1 },
        { atMs: 2, value: distribution(3) },
        { atMs: 3, value: 4 },
      ],
      why: 'a sender that changes its mind about what it measures',
    },
  ]
  for (const { points, why } of rows) {
    it(`come out as they went in: ${why}`, () => {
      const column = columnOf(points)
      assert.deepEqual([...column], points)
      assert.equal(column.length, points.length)
      for (const at of [0, 7, 8, -1, -2, -9, 10_000]) assert.deepEqual(column.at(at), points.at(at), `at ${at}`)
    })
  }

  it('are forgotten to the point, and give their memory back', () => {
    const column = columnOf(Array.from({ length: 300 }, (_, at) => ({ atMs: at, value: at })))
    const full = column.size
    column.forgetBefore(250)
    assert.deepEqual(
      [column.length, column.at(0), column.at(-1)],
      [50, { atMs: 250, value: 250 }, { atMs: 299, value: 299 }],
    )
    assert.ok(column.size < full / 2, `${column.size} of ${full}`)
    column.push({ atMs: 300, value: 300 })
    assert.equal(column.at(-1)?.value, 300)
    column.forgetBefore(1_000)
    assert.deepEqual([column.length, column.size], [0, 0])
  })
})
