import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { refusedOutcome } from './refused-outcome.ts'

const nowMs = Date.UTC(2030, 0, 1, 12)

describe('an answer that is not a yes', () => {
  const rows = [
    { status: 503, after: undefined, expected: { kind: 'retry', reason: 'status 503' }, why: 'unavailable' },
    {
      status: 429,
      after: '7',
      expected: { kind: 'retry', reason: 'status 429', afterMs: 7_000 },
      why: 'too many, seconds',
    },
    {
      status: 502,
      after: 'Tue, 01 Jan 2030 12:00:09 GMT',
      expected: { kind: 'retry', reason: 'status 502', afterMs: 9_000 },
      why: 'a date',
    },
    {
      status: 504,
      after: 'Tue, 01 Jan 2030 11:00:00 GMT',
      expected: { kind: 'retry', reason: 'status 504', afterMs: 0 },
      why: 'a date that has passed',
    },
    {
      status: 503,
      after: '86400',
      expected: { kind: 'retry', reason: 'status 503', afterMs: 300_000 },
      why: 'a day is too long',
    },
    {
      status: 503,
      after: 'soon',
      expected: { kind: 'retry', reason: 'status 503' },
      why: 'what is no time is as good as none',
    },
    { status: 400, after: '1', expected: { kind: 'refused', reason: 'status 400' }, why: 'a bad request stays bad' },
    { status: 401, after: undefined, expected: { kind: 'refused', reason: 'status 401' }, why: 'so does a wrong key' },
    {
      status: 500,
      after: undefined,
      expected: { kind: 'refused', reason: 'status 500' },
      why: 'the specification does not list 500',
    },
    {
      status: 308,
      after: undefined,
      expected: { kind: 'refused', reason: 'status 308' },
      why: 'redirects are not followed',
    },
  ]
  for (const { status, after, expected, why } of rows) {
    it(`${status} ${after ?? ''}: ${why}`, () => {
      const header = (name: string): string | undefined => (name === 'retry-after' ? after : undefined)
      assert.deepEqual(refusedOutcome({ status, header, body: new Uint8Array() }, nowMs), expected)
    })
  }
})
