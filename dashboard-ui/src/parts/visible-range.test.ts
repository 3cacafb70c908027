import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { visibleRange } from './visible-range.ts'

describe('the rows in sight', () => {
  const rows = [
    { count: 1_000, top: 0, expected: { from: 0, to: 12 }, why: 'at the top, with two more below' },
    { count: 1_000, top: 1_000, expected: { from: 98, to: 112 }, why: 'in the middle, with two more on both sides' },
    { count: 1_000, top: 9_900, expected: { from: 988, to: 1_000 }, why: 'no further than the last row' },
    { count: 3, top: 0, expected: { from: 0, to: 3 }, why: 'a short list as a whole' },
    { count: 0, top: 0, expected: { from: 0, to: 0 }, why: 'an empty one' },
    { count: 5, top: 9_000, expected: { from: 4, to: 5 }, why: 'a list that became shorter than it was scrolled' },
  ]
  for (const { count, top, expected, why } of rows) {
    it(why, () => assert.deepEqual(visibleRange({ count, rowHeight: 10, top, height: 100, more: 2 }), expected))
  }
})
