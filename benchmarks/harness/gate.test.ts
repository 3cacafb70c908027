import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ratiosOf, regressionsIn } from './gate.ts'
import type { LoadRound } from './results.ts'

const place = { scenario: 'a', connections: 100, rate: 0, round: 0, seconds: 1, answered: 1, late: 0, latencies: [] }
const round = (target: string, cpuUs: number): LoadRound => ({ ...place, target, cpuUs })
const scenarios = [{ name: 'a', title: '' }]
const targets = ['limit', 'genever-bun'].map((name) => ({ name, title: name }))

describe('the gate', () => {
  it('compares best rounds in requests of the limit', () => {
    const load = [round('limit', 4), round('limit', 9), round('genever-bun', 30), round('genever-bun', 10)]
    assert.deepEqual(ratiosOf({ load, targets, scenarios }, 100), { 'genever-bun': { a: 2.5 } })
  })

  it('has no ratio without the limit', () => {
    assert.deepEqual(ratiosOf({ load: [round('genever-bun', 10)], targets, scenarios }, 100), {})
  })

  for (const { measured, isGross, why } of [
    { measured: { 'genever-bun': { a: 2 } }, isGross: false, why: 'cheaper than before' },
    { measured: { 'genever-bun': { a: 3.2 } }, isGross: false, why: '28 % dearer may be the machine' },
    { measured: { 'genever-bun': { a: 3.3 } }, isGross: true, why: '32 % dearer' },
    { measured: { 'genever-bun': { b: 9 } }, isGross: false, why: 'the baseline does not know this scenario' },
    { measured: {}, isGross: false, why: 'the target was not measured' },
  ]) {
    it(`${isGross ? 'fails' : 'holds'}: ${why}`, () => {
      assert.equal(regressionsIn(measured, { 'genever-bun': { a: 2.5 } }).length > 0, isGross)
    })
  }
})
