import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ControlledDelay } from './controlled-delay.ts'
import { InflightShedder } from './inflight-shedder.ts'
import { nextVegasLimit, VegasLimit } from './vegas-limit.ts'

describe('ControlledDelay', () => {
  it('lets a burst wait, then only the target, until the thread idles again', () => {
    const delay = new ControlledDelay({ targetMs: 5, intervalMs: 100 })
    delay.waiting(0, 5)
    delay.waiting(50, 6)
    assert.equal(delay.maxWaitMs(100), 100)
    assert.equal(delay.maxWaitMs(101), 5)
    delay.idled(5)
    assert.equal(delay.maxWaitMs(202), 5, 'it idled for less than a tenth')
    delay.idled(11)
    assert.equal(delay.maxWaitMs(303), 100, 'it idled for more')
  })

  it('is not overloaded while nobody waits for long now and then', () => {
    const delay = new ControlledDelay({ intervalMs: 100 })
    for (let ms = 0; ms < 1_000; ms += 90) {
      delay.waiting(ms, 3)
      delay.waiting(ms + 1, 80)
      assert.equal(delay.isOverloaded(ms + 89), false)
    }
  })

  it('grows with the time of a request', () => {
    const delay = new ControlledDelay({ targetMs: 5, intervalMs: 100 })
    delay.served(50)
    assert.equal(delay.maxWaitMs(0), 1_000)
    assert.equal(delay.maxWaitMs(1_001), 100)
  })
})

describe('nextVegasLimit', () => {
  const usual = { limit: 100, minRttMs: 10, rttMs: 10, inFlight: 100, wasDropped: false }
  const rows = [
    { facts: usual, expected: 112, why: 'no queue: it grows fast' },
    { facts: { ...usual, rttMs: 10.5 }, expected: 102, why: 'a short queue: it grows' },
    { facts: { ...usual, rttMs: 11 }, expected: 100, why: 'a queue of the right length' },
    { facts: { ...usual, rttMs: 20 }, expected: 98, why: 'a long queue: it shrinks' },
    { facts: { ...usual, wasDropped: true }, expected: 98, why: 'something gave way: it shrinks' },
    { facts: { ...usual, inFlight: 10 }, expected: 100, why: 'nobody comes near it' },
  ]
  for (const { facts, expected, why } of rows) {
    it(`is ${expected}: ${why}`, () => {
      // The queue's bounds are log10(limit) × 1, 3 and 6: here 2, 6 and 12.
      assert.equal(nextVegasLimit({ ...facts, rttMs: facts.rttMs }), expected)
    })
  }

  it('stays within its bounds', () => {
    const limit = new VegasLimit({ initialLimit: 10, maxLimit: 50, random: () => 0.5 })
    for (let sample = 0; sample < 50; sample++) limit.observe({ rttMs: 10, inFlight: limit.limit })
    assert.equal(limit.limit, 50)
    for (let sample = 0; sample < 500; sample++)
      limit.observe({ rttMs: 1_000, inFlight: limit.limit, wasDropped: true })
    assert.equal(limit.limit, 1)
  })
})

describe('InflightShedder', () => {
  /** One second of 10 answers in each 100 ms, 50 ms each: 5 are in flight at full speed. */
  function warm(): InflightShedder {
    const shedder = new InflightShedder()
    for (let ms = 0; ms < 1_000; ms += 10) {
      assert.equal(shedder.tryEnter(ms, 0), true)
      shedder.ended(ms, 50)
    }
    return shedder
  }

  it('knows what is in flight at full speed', () => {
    assert.equal(warm().capacity(1_000), 5)
    assert.equal(new InflightShedder().capacity(0), Number.POSITIVE_INFINITY)
    assert.equal(warm().capacity(60_000), Number.POSITIVE_INFINITY, 'the window has forgotten')
  })

  it('refuses beyond it on a busy CPU, and only then', () => {
    const shedder = warm()
    for (let entered = 0; entered < 200; entered++) shedder.tryEnter(1_000, 0.5)
    for (let ended = 0; ended < 100; ended++) shedder.ended(1_050, 50)
    assert.equal(shedder.tryEnter(1_050, 0.89), true)
    assert.equal(shedder.tryEnter(1_050, 0.9), false)
    assert.equal(shedder.tryEnter(1_500, 0.5), false, 'it refused less than a second ago')
    assert.equal(shedder.tryEnter(2_051, 0.5), true)
  })
})
