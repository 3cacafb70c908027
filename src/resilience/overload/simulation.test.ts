/** What the simulated campaign promises; the real one decides. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { doors, type OpenDoor, type SimulatedResult, simulate } from './simulation.fixture.ts'

function run(name: string, load: number, seed: number): SimulatedResult {
  return simulate({ door: doors[name] as OpenDoor, load, seed, serviceMs: 5, seconds: 4 })
}

describe('a door with priorities and controlled delay, simulated', () => {
  const rows = [
    { load: 2, goodput: 0.95 },
    { load: 5, goodput: 0.9 },
    { load: 10, goodput: 0.8 },
  ]
  for (const seed of [1, 2, 3]) {
    for (const { load, goodput } of rows) {
      it(`keeps its goodput at ${load}x of what it can do (seed ${seed})`, () => {
        const result = run('controlled delay', load, seed)
        assert.ok(result.goodput >= goodput, `${result.goodput}`)
        assert.ok(result.recoveryMs <= 2_000, `recovered after ${result.recoveryMs} ms`)
      })
    }

    it(`serves high priority at 5x, and answers those it turns away soon (seed ${seed})`, () => {
      const { highGood, shedP99Ms } = run('controlled delay', 5, seed)
      assert.ok(highGood >= 0.99, `${highGood}`)
      assert.ok(shedP99Ms <= 50, `${shedP99Ms} ms`)
    })

    it(`turns nobody away at 0.8x (seed ${seed})`, () => {
      assert.equal(run('controlled delay', 0.8, seed).shedShare, 0)
    })
  }

  it('is needed: in order, a server at 5x serves next to nobody in time', () => {
    assert.ok(run('no door', 5, 1).goodput < 0.4)
  })
})
