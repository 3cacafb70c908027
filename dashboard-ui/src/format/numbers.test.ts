import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { bytesText, durationText, numberText, percentText, plural, rateText } from './numbers.ts'

describe('numbers as people read them', () => {
  const durations = [
    { ms: 0, text: '0 ms', why: 'nothing has no smaller unit' },
    { ms: 0.342, text: '342 µs', why: 'below a millisecond' },
    { ms: 4.736, text: '4.74 ms', why: 'three digits' },
    { ms: 433.2, text: '433 ms', why: 'no places beyond a hundred' },
    { ms: 1_500, text: '1.5 s', why: 'seconds' },
    { ms: 61_000, text: '1 min 1 s', why: 'minutes' },
    { ms: 7_260_000, text: '2 h 1 min', why: 'hours' },
    { ms: null, text: '–', why: 'unknown is not zero' },
  ]
  for (const { ms, text, why } of durations)
    it(`${ms} ms is ${text}: ${why}`, () => assert.equal(durationText(ms), text))

  const shares = [
    { share: 0, text: '0 %', why: 'nothing' },
    { share: 0.00002, text: '< 0.01 %', why: 'one failure in many is not none' },
    { share: 0.0123, text: '1.23 %', why: 'small ones with places' },
    { share: 0.4, text: '40 %', why: 'no empty places' },
    { share: 0.9995, text: '99.95 %', why: 'a target keeps its nines' },
    { share: -0.17, text: '−17 %', why: 'an overspent budget, with a minus sign' },
    { share: 1, text: '100 %', why: 'all' },
  ]
  for (const { share, text, why } of shares)
    it(`${share} is ${text}: ${why}`, () => assert.equal(percentText(share), text))

  it('writes bytes, rates and counts with their unit', () => {
    assert.equal(bytesText(77_271_040), '77.3 MB')
    assert.equal(bytesText(12), '12 B')
    assert.equal(rateText(0.143), '8.58/min')
    assert.equal(rateText(0), '0/s')
    assert.equal(rateText(12.4), '12.4/s')
    assert.equal(numberText(12_345_678), '12.3 M')
    assert.equal(plural(1, 'span'), '1 span')
    assert.equal(plural(2, 'series', 'series'), '2 series')
  })
})
