import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  formatGrpcTimeout,
  formatRequestTimeout,
  forwardedTimeoutMs,
  narrowedTimeoutMs,
  parseGrpcTimeout,
  parseRequestTimeout,
} from './deadline-header.ts'

describe('grpc-timeout', () => {
  const rows = [
    { value: '1H', expected: 3_600_000, why: 'hours' },
    { value: '2M', expected: 120_000, why: 'minutes' },
    { value: '3S', expected: 3_000, why: 'seconds' },
    { value: '250m', expected: 250, why: 'milliseconds' },
    { value: '500u', expected: 0.5, why: 'microseconds' },
    { value: '1000000n', expected: 1, why: 'nanoseconds' },
    { value: '99999999m', expected: 99_999_999, why: '8 digits are the most' },
    { value: '100000000m', expected: undefined, why: '9 digits are too many' },
    { value: '', expected: undefined, why: 'nothing' },
    { value: '5', expected: undefined, why: 'no unit' },
    { value: '-5m', expected: undefined, why: 'no negative time' },
    { value: '1.5S', expected: undefined, why: 'whole numbers only' },
    { value: '5s', expected: undefined, why: 'units are exact' },
  ]
  for (const { value, expected, why } of rows) {
    it(`'${value}' is ${expected} ms: ${why}`, () => assert.equal(parseGrpcTimeout(value), expected))
  }

  it('never grows by being written and read, and loses little', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e11, noNaN: true }), (timeoutMs) => {
        const back = parseGrpcTimeout(formatGrpcTimeout(timeoutMs))
        assert.ok(back !== undefined && back <= timeoutMs, `${timeoutMs} became ${back}`)
        assert.ok(timeoutMs - back <= Math.max(0.001, timeoutMs * 1e-3), `${timeoutMs} became ${back}`)
      }),
    )
  })

  it('without a limit is the longest there is', () => {
    assert.equal(formatGrpcTimeout(Number.POSITIVE_INFINITY), '99999999H')
  })
})

describe('X-Request-Timeout', () => {
  const rows = [
    { value: '250', expected: 250, why: 'a bare number is milliseconds' },
    { value: '250ms', expected: 250, why: 'milliseconds' },
    { value: '2s', expected: 2_000, why: 'seconds' },
    { value: ' 1.5s ', expected: 1_500, why: 'parts of a second' },
    { value: '0', expected: 0, why: 'no time left is a statement' },
    { value: '-1', expected: undefined, why: 'no negative time' },
    { value: '1e9', expected: undefined, why: 'no exponents' },
    { value: 'soon', expected: undefined, why: 'no words' },
    { value: '9999999999', expected: undefined, why: 'no ages' },
  ]
  for (const { value, expected, why } of rows) {
    it(`'${value}' is ${expected} ms: ${why}`, () => assert.equal(parseRequestTimeout(value), expected))
  }

  it('comes back as it was sent, in whole milliseconds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999_999_999 }), (ms) => {
        assert.equal(parseRequestTimeout(formatRequestTimeout(ms + 0.9)), ms)
      }),
    )
  })
})

describe('a budget', () => {
  const rows = [
    { asked: 100, allowed: 1_000, expected: 100, why: 'a caller may shorten it' },
    { asked: 5_000, allowed: 1_000, expected: 1_000, why: 'but not extend it' },
    { asked: undefined, allowed: 1_000, expected: 1_000, why: 'nobody asked' },
    { asked: 0, allowed: 1_000, expected: 0, why: 'the caller has no time left' },
  ]
  for (const { asked, allowed, expected, why } of rows) {
    it(`of ${allowed} ms, asked for ${asked}, is ${expected}: ${why}`, () => {
      assert.equal(narrowedTimeoutMs(asked, allowed), expected)
    })
  }

  it('shrinks on its way', () => {
    assert.deepEqual([forwardedTimeoutMs(100, 10), forwardedTimeoutMs(5, 10), forwardedTimeoutMs(100)], [90, 0, 100])
  })
})
