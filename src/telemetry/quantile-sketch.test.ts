import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { QuantileSketch } from './quantile-sketch.ts'

function sketchOf(values: readonly number[]): QuantileSketch {
  const sketch = new QuantileSketch()
  for (const value of values) sketch.add(value)
  return sketch
}

function isClose(actual: number, expected: number): boolean {
  return Math.abs(actual - expected) <= 0.010_001 * Math.abs(expected)
}

describe('a quantile', () => {
  it('is within 1 % of the exact one, for any values of any sign', () => {
    const values = fc.array(
      fc.oneof(
        fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
        fc.double({ min: -1e9, max: -1e-6, noNaN: true }),
        fc.constant(0),
      ),
      {
        minLength: 1,
        maxLength: 300,
      },
    )
    fc.assert(
      fc.property(values, fc.double({ min: 0, max: 1, noNaN: true }), (numbers, quantile) => {
        const sorted = numbers.toSorted((a, b) => a - b)
        const rank = quantile * (sorted.length - 1)
        const actual = sketchOf(numbers).quantile(quantile)
        // Between two ranks either neighbour is right.
        return isClose(actual, sorted[Math.floor(rank)] as number) || isClose(actual, sorted[Math.ceil(rank)] as number)
      }),
      { numRuns: 300 },
    )
  })

  it('of nothing is not a number', () => assert.ok(Number.isNaN(new QuantileSketch().quantile(0.5))))

  it('0 is the least value and 1 the greatest', () => {
    const sketch = sketchOf([5, -3, 0, 12])
    assert.ok(isClose(sketch.quantile(0), -3))
    assert.ok(isClose(sketch.quantile(1), 12))
  })
})

describe('a merged sketch', () => {
  it('is the sketch of all values together, also through JSON', () => {
    const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { maxLength: 100 })
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        const merged = sketchOf(a)
        merged.merge(JSON.parse(JSON.stringify(sketchOf(b).snapshot())))
        const together = sketchOf([...a, ...b])
        for (const quantile of [0, 0.5, 0.9, 1]) assert.equal(merged.quantile(quantile), together.quantile(quantile))
        assert.equal(merged.count, a.length + b.length)
      }),
      { numRuns: 100 },
    )
  })
})

describe('memory', () => {
  it('is bounded by giving up the smallest values, whichever order they come in', () => {
    const magnitudes = Array.from({ length: 600 }, (_, i) => 10 ** (i - 300))
    for (const values of [magnitudes, magnitudes.toReversed()]) {
      const sketch = sketchOf(values)
      assert.equal(sketch.count, 600)
      assert.ok(sketch.snapshot().positive.counts.length <= 2_048)
      assert.ok(isClose(sketch.quantile(1), 1e299))
      assert.ok(isClose(sketch.quantile(590 / 599), 1e290))
    }
  })

  it('is given back by clear()', () => {
    const sketch = sketchOf([1, 2, 3])
    sketch.clear()
    assert.deepEqual(sketch.snapshot().positive.counts, [])
    assert.equal(sketch.count, 0)
  })
})
