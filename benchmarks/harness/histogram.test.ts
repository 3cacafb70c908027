import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bucketLimitNs, histogramFrom, mergeHistograms, percentileNs } from './histogram.ts'

describe('a latency histogram', () => {
  for (const { bucket, limitNs, why } of [
    { bucket: 0, limitNs: 0, why: 'small values are exact' },
    { bucket: 127, limitNs: 127, why: 'the last exact one' },
    { bucket: 128, limitNs: 129, why: 'from here on a bucket is two wide' },
    { bucket: 191, limitNs: 255, why: 'the end of the first doubling' },
    { bucket: 192, limitNs: 259, why: 'four wide' },
    { bucket: 64 * 21, limitNs: 65 * 2 ** 20 - 1, why: 'about 68 ms, known to 1.6 %' },
  ]) {
    it(`puts the end of bucket ${bucket} at ${limitNs} ns: ${why}`, () => {
      assert.equal(bucketLimitNs(bucket), limitNs)
    })
  }

  const hundred = histogramFrom(Array.from({ length: 100 }, (_, ns) => [ns, 1] as const))
  for (const { part, ns, why } of [
    { part: 0, ns: 0, why: 'the smallest' },
    { part: 0.5, ns: 49, why: 'half of them are at most this' },
    { part: 0.99, ns: 98, why: 'one of a hundred is above' },
    { part: 1, ns: 99, why: 'the largest' },
  ]) {
    it(`has its percentile ${part * 100} at ${ns} ns: ${why}`, () => {
      assert.equal(percentileNs(hundred, part), ns)
    })
  }

  it('adds rounds, so that one slow round shows in the percentile of all', () => {
    const fast = histogramFrom([[10, 99]])
    const slow = histogramFrom([[100, 99]])
    assert.equal(percentileNs(fast, 0.9), 10)
    assert.equal(percentileNs(mergeHistograms([fast, slow]), 0.9), 100)
  })

  it('has no percentile when it is empty', () => {
    assert.equal(percentileNs(histogramFrom([]), 0.5), Number.NaN)
  })
})
