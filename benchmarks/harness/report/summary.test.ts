import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LoadRound } from '../results.ts'
import { geometricMean, median, spread, summarize } from './summary.ts'

const place = { target: 'gin', scenario: 'a', connections: 100, rate: 0 }
const round = (cpuUs: number, more: Partial<LoadRound> = {}): LoadRound => ({
  ...place,
  round: 0,
  seconds: 2,
  answered: 100,
  late: 0,
  cpuUs,
  latencies: [[100, 100]],
  ...more,
})

describe('a summary of rounds', () => {
  it('keeps the best round and the middle one, and takes percentiles of all latencies together', () => {
    const load = [round(5), round(4), round(9, { latencies: [[120, 100]] }), round(6)]
    assert.deepEqual(summarize({ load }, place), {
      rounds: 4,
      minUs: 4,
      medianUs: 5.5,
      perSecond: 50,
      p50Ms: 100 / 1e6,
      p99Ms: 120 / 1e6,
      lateRatio: 0,
    })
  })

  it('leaves rounds of other places out', () => {
    const load = [round(5), round(1, { rate: 10_000 }), round(1, { connections: 1_000 }), round(1, { scenario: 'b' })]
    assert.equal(summarize({ load }, place)?.minUs, 5)
    assert.equal(summarize({ load }, { ...place, target: 'limit' }), undefined)
  })

  it('tells which part of what was due came too late', () => {
    assert.equal(summarize({ load: [round(5, { answered: 75, late: 25 })] }, place)?.lateRatio, 0.25)
  })

  it('tells how far rounds lie apart', () => {
    assert.equal(spread({ load: [round(4), round(5), round(6)] }, place), 0.5)
  })
})

describe('means', () => {
  for (const { values, middle, why } of [
    { values: [3, 1, 2], middle: 2, why: 'the one in the middle' },
    { values: [1, 2, 3, 10], middle: 2.5, why: 'between the two in the middle' },
    { values: [], middle: Number.NaN, why: 'nothing has no middle' },
  ]) {
    it(`have a median: ${why}`, () => assert.equal(median(values), middle))
  }

  it('of ratios are geometric: twice as much and half as much is the same', () => {
    assert.equal(geometricMean([2, 0.5]), 1)
  })
})
