import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { agoText, clockText, spanText, untilText } from './times.ts'

describe('points in time as people read them', () => {
  const rows = [
    { agoMs: 500, text: 'now', why: 'a second more or less is no news' },
    { agoMs: 42_900, text: '42 s ago', why: 'whole units' },
    { agoMs: 130_000, text: '2 min ago', why: 'the largest unit alone' },
    { agoMs: -5_000, text: 'now', why: 'clocks of two machines differ' },
  ]
  for (const { agoMs, text, why } of rows)
    it(`${agoMs} ms before is ${text}: ${why}`, () => assert.equal(agoText(10_000_000 - agoMs, 10_000_000), text))

  const ahead = [
    { aheadMs: 90_000, text: 'in 1 min', why: 'whole units' },
    { aheadMs: 400, text: 'in 1 s', why: 'what has not come is not now' },
    { aheadMs: -20, text: 'now', why: 'its run is about to begin' },
  ]
  for (const { aheadMs, text, why } of ahead)
    it(`${aheadMs} ms ahead is ${text}: ${why}`, () => assert.equal(untilText(10_000_000 + aheadMs, 10_000_000), text))

  it('says nothing of what never was', () => assert.equal(agoText(null, 1), '–'))
  it('writes the time of day with milliseconds', () =>
    assert.match(clockText(1_795_853_779_336), /^\d\d:\d\d:19\.336$/))
  it('keeps hours up to two days', () => assert.equal(spanText(86_400_000), '24 h'))
})
