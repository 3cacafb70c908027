import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { crashesInARow, restartDelayMs } from './restart-delay.ts'

describe('restartDelayMs', () => {
  const rows = [
    { crashes: 1, expected: 200, why: 'the first crash is often the last' },
    { crashes: 2, expected: 400, why: 'doubles' },
    { crashes: 6, expected: 6_400, why: 'goes on doubling' },
    { crashes: 7, expected: 10_000, why: 'is capped' },
    { crashes: 2_000, expected: 10_000, why: 'survives 2 ** crashes becoming Infinity' },
  ]
  for (const { crashes, expected, why } of rows) {
    it(`is ${expected} ms after ${crashes}: ${why}`, () => assert.equal(restartDelayMs(crashes), expected))
  }
})

describe('crashesInARow', () => {
  const rows = [
    { before: 0, livedMs: 5, expected: 1, why: 'the first' },
    { before: 3, livedMs: 9_999, expected: 4, why: 'it did not live long enough to count as healthy' },
    { before: 3, livedMs: 10_000, expected: 1, why: 'it was healthy in between' },
  ]
  for (const { before, livedMs, expected, why } of rows) {
    it(`is ${expected} when there were ${before} and it lived ${livedMs} ms: ${why}`, () => {
      assert.equal(crashesInARow(before, livedMs), expected)
    })
  }
})
