import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type BurnWindow, burnWindows, promDuration, windowSeconds } from './burn-window.ts'
import { latencyBucket } from './latency-bucket.ts'
import { notesOf } from './notes.ts'
import { describeObjective, objectivesOf } from './objective.ts'

const bounds = [0.1, 0.25, 1, 10]

describe('the bucket of a latency objective', () => {
  const table = [
    { limitMs: 250, boundSeconds: 0.25, fit: 'exact', why: 'a bucket ends there' },
    { limitMs: 10_000, boundSeconds: 10, fit: 'exact', why: 'the last one is a bucket like any other' },
    { limitMs: 900, boundSeconds: 0.25, fit: 'stricter', why: 'the next below hides nothing' },
    { limitMs: 60_000, boundSeconds: 10, fit: 'stricter', why: 'beyond the last bound nothing is known' },
    { limitMs: 20, boundSeconds: 0.1, fit: 'looser', why: 'below the first bound nothing is known' },
  ]
  for (const { limitMs, why, ...expected } of table) {
    it(`for ${limitMs} ms ends at ${expected.boundSeconds} s: ${why}`, () => {
      assert.deepEqual(latencyBucket(limitMs, bounds), expected)
    })
  }
})

describe('objectives', () => {
  it('are availability and then latency by percentile', () => {
    const slo = { availability: 0.999, latency: { p99Ms: 250, p50Ms: 50 } }
    const found = objectivesOf({ name: 'orders', slo })
    assert.deepEqual(
      found.map(({ name, target, budget }) => ({ name, target, budget })),
      [
        { name: 'availability', target: 0.999, budget: 0.001 },
        { name: 'latency-p50', target: 0.5, budget: 0.5 },
        { name: 'latency-p99', target: 0.99, budget: 0.01 },
      ],
    )
    assert.deepEqual(found.map(describeObjective), [
      '99.9 % of requests not answered with 5xx',
      '50 % of requests answered within 50 ms',
      '99 % of requests answered within 250 ms',
    ])
  })

  it('are none where nothing is promised', () => {
    assert.deepEqual(objectivesOf({ name: 'orders' }), [])
    assert.deepEqual(objectivesOf({ name: 'orders', slo: { latency: {} } }), [])
  })
})

describe('notes', () => {
  const table: { slo: object; notes: RegExp[]; why: string }[] = [
    { slo: { availability: 0.999, latency: { p99Ms: 250 } }, notes: [], why: 'all is exact' },
    {
      slo: { latency: { p99Ms: 200 } },
      notes: [/no bucket ends at 200 ms.* 100 ms instead, which is stricter/],
      why: 'below',
    },
    { slo: { latency: { p99Ms: 0.5 } }, notes: [/no bucket ends at 0\.5 ms.* 1 ms instead.*looser/], why: 'too small' },
    {
      slo: { latency: { p50Ms: 50 } },
      notes: [/faster than 2x.*14\.4x over 1h and 6x over 6h and 3x over 1d/],
      why: 'half may be slow',
    },
    { slo: { availability: 0.9 }, notes: [/faster than 10x.*14\.4x over 1h\.$/], why: 'one in ten may fail' },
  ]
  for (const { slo, notes, why } of table) {
    it(`on ${JSON.stringify(slo)} are ${notes.length}: ${why}`, () => {
      const found = notesOf(objectivesOf({ name: 'orders', slo }))
      assert.equal(found.length, notes.length, found.join('\n'))
      for (const [at, pattern] of notes.entries()) assert.match(found[at] ?? '', pattern)
    })
  }
})

describe('burn windows', () => {
  const table = [
    { seconds: 300, text: '5m', why: 'minutes' },
    { seconds: 5_400, text: '90m', why: 'the largest unit that divides it' },
    { seconds: 259_200, text: '3d', why: 'days' },
    { seconds: 7, text: '7s', why: 'seconds' },
    { seconds: 1.5, text: '1500ms', why: 'PromQL knows no fractions' },
  ]
  for (const { seconds, text, why } of table) {
    it(`writes ${seconds} s as ${text}: ${why}`, () => assert.equal(promDuration(seconds), text))
  }

  it('spend 2 %, 5 %, 10 % and 10 % of the budget of 30 days, as the workbook says', () => {
    const spent = ({ burnRate, longSeconds }: BurnWindow): number => Math.round((burnRate * longSeconds) / 25_920)
    assert.deepEqual(burnWindows.map(spent), [2, 5, 10, 10])
  })

  it('are looked at once each', () => {
    assert.deepEqual(windowSeconds(burnWindows).map(promDuration), ['5m', '30m', '1h', '2h', '6h', '1d', '3d'])
  })
})
