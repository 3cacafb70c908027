import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { decideRange, type RangeDecision } from './byte-range.ts'

describe('decideRange', () => {
  const size = 1_000
  const rows: { header: string | undefined; expected: RangeDecision; why: string }[] = [
    { header: undefined, expected: 'all', why: 'no range was asked for' },
    { header: 'bytes=0-499', expected: { start: 0, end: 500 }, why: 'both ends are included' },
    { header: 'bytes=500-', expected: { start: 500, end: 1_000 }, why: 'an open end is the end' },
    { header: 'bytes=-200', expected: { start: 800, end: 1_000 }, why: 'a suffix counts from the end' },
    { header: 'bytes=-5000', expected: { start: 0, end: 1_000 }, why: 'a longer suffix is everything' },
    { header: 'bytes=900-5000', expected: { start: 900, end: 1_000 }, why: 'an end behind the end is the end' },
    { header: 'Bytes = 0-0', expected: { start: 0, end: 1 }, why: 'the unit is case-insensitive' },
    { header: 'bytes=0-99,50-149', expected: { start: 0, end: 150 }, why: 'overlapping ranges are one' },
    { header: 'bytes=100-199, 0-99', expected: { start: 0, end: 200 }, why: 'adjacent ranges are one, in any order' },
    { header: 'bytes=0-0,500-600', expected: 'all', why: 'several parts are not offered' },
    { header: 'bytes=0-0,2000-', expected: { start: 0, end: 1 }, why: 'a part that is not there does not count' },
    { header: 'bytes=1000-', expected: 'unsatisfiable', why: 'there is no byte 1000' },
    { header: 'bytes=-0', expected: 'unsatisfiable', why: 'the last no bytes' },
    { header: 'bytes=500-499', expected: 'all', why: 'a range that ends before it begins is malformed' },
    { header: 'bytes=a-b', expected: 'all', why: 'a malformed header is ignored' },
    { header: 'bytes=', expected: 'all', why: 'an empty list is malformed' },
    { header: 'bytes=-', expected: 'all', why: 'neither end is given' },
    { header: 'items=0-1', expected: 'all', why: 'the unit is unknown' },
    { header: `bytes=${'0-,'.repeat(500)}`, expected: 'all', why: 'so many ranges are an attack' },
    { header: 'bytes=0-99999999999999999999', expected: 'all', why: 'a number beyond reason is malformed' },
  ]
  for (const { header, expected, why } of rows) {
    it(`${header?.slice(0, 40)}: ${why}`, () => assert.deepEqual(decideRange(header, size), expected))
  }

  it('has no range of an empty file', () => {
    assert.equal(decideRange('bytes=0-', 0), 'unsatisfiable')
    assert.equal(decideRange('bytes=-1', 0), 'unsatisfiable')
  })
})
