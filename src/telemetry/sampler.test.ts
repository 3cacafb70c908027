import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { alwaysOff, alwaysOn, parentBased, traceIdRatio } from './sampler.ts'
import { newTraceId } from './trace-ids.ts'

const question = { parent: undefined, name: 'work', kind: 'internal' } as const

describe('traceIdRatio', () => {
  // Randomness is the last 14 digits; a trace is kept where they reach (1 - ratio) * 2^56 (OpenTelemetry, consistent probability sampling).
  const rows = [
    { last: '00000000000000', ratio: 1, kept: true, why: 'a ratio of 1 keeps everything' },
    { last: 'ffffffffffffff', ratio: 0, kept: false, why: 'a ratio of 0 keeps nothing' },
    { last: '80000000000000', ratio: 0.5, kept: true, why: 'the threshold itself is kept' },
    { last: '7fffffffffffff', ratio: 0.5, kept: false, why: 'one below it is not' },
    { last: 'c0000000000000', ratio: 0.25, kept: true, why: 'the threshold of a quarter' },
    { last: 'bfffffffffffff', ratio: 0.25, kept: false, why: 'one below it' },
    { last: 'ffffffffffffff', ratio: 1e-12, kept: true, why: 'the highest is kept by any ratio above 0' },
    { last: 'ffffffffffffff', ratio: Number.NaN, kept: false, why: 'what is no ratio keeps nothing' },
    { last: '00000000000000', ratio: 7, kept: true, why: 'more than 1 is 1' },
  ]
  for (const { last, ratio, kept, why } of rows) {
    it(`decides by the random part of the id: ${why}`, () => {
      for (const first of ['0'.repeat(18), 'f'.repeat(18)]) {
        assert.equal(traceIdRatio(ratio).decide({ ...question, traceId: first + last }), kept ? 'sample' : 'drop')
      }
    })
  }

  it('keeps, with a larger ratio, all that it keeps with a smaller one', () => {
    const few = traceIdRatio(0.1)
    const many = traceIdRatio(0.3)
    for (let i = 0; i < 2_000; i++) {
      const asked = { ...question, traceId: newTraceId() }
      if (few.decide(asked) === 'sample') assert.equal(many.decide(asked), 'sample')
    }
  })

  it('keeps about its share of the ids that are made here', () => {
    const sampler = traceIdRatio(0.1)
    const count = 20_000
    let kept = 0
    for (let i = 0; i < count; i++) if (sampler.decide({ ...question, traceId: newTraceId() }) === 'sample') kept++
    // Six standard deviations: it fails one time in 500 million.
    assert.ok(Math.abs(kept - 0.1 * count) < 6 * Math.sqrt(count * 0.1 * 0.9), `${kept} of ${count}`)
  })
})

describe('parentBased', () => {
  const traceId = 'a'.repeat(32)
  const caller = { traceId, spanId: 'b'.repeat(16) }
  const rows = [
    { root: alwaysOn, parent: undefined, expected: 'sample', why: 'a new trace is the root sampler’s' },
    { root: alwaysOff, parent: undefined, expected: 'drop', why: 'a new trace is the root sampler’s' },
    { root: alwaysOff, parent: { ...caller, sampled: true }, expected: 'sample', why: 'the caller keeps it' },
    { root: alwaysOn, parent: { ...caller, sampled: false }, expected: 'drop', why: 'the caller does not' },
  ]
  for (const { root, parent, expected, why } of rows) {
    it(`${expected}: ${why}`, () => {
      assert.equal(parentBased(root).decide({ ...question, traceId, parent }), expected)
    })
  }
})
