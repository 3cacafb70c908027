/** When a thread counts as overloaded: arrivals at random, a server that takes a fixed time, and a gauge that watches. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { seededRandom } from '../fault/seeded-random.ts'
import { LoadGauge } from './load-gauge.ts'

interface Watched {
  readonly gauge: LoadGauge
  nowMs: number
  waiting: number
}

function watched(serviceMs: number): Watched {
  const gauge = new LoadGauge()
  // Warm: it has been seen for a while how long a request takes.
  gauge.took(200 * serviceMs, 200)
  gauge.passed(0, 1, 1)
  return { gauge, nowMs: 0, waiting: 0 }
}

/** One request is served, or none if nobody waits; meanwhile so many arrive. */
function step(server: Watched, serviceMs: number, arrivals: number): void {
  const begun = server.waiting > 0 ? 1 : 0
  server.waiting += arrivals - begun
  server.nowMs += serviceMs
  if (begun > 0) server.gauge.took(serviceMs, 1)
  server.gauge.passed(server.nowMs, arrivals, begun)
}

/** How many arrive in one service time, at so many times the capacity. */
function poisson(mean: number, random: () => number): number {
  const limit = Math.exp(-mean)
  let product = random()
  let count = 0
  for (; product > limit; count++) product *= random()
  return count
}

function stepsUntilOverloaded(serviceMs: number, load: number, seed: number, maxSteps: number): number {
  const random = seededRandom(seed)
  const server = watched(serviceMs)
  for (let taken = 0; taken < maxSteps; taken++) {
    if (server.gauge.isOverloaded) return taken
    step(server, serviceMs, poisson(load, random))
  }
  return Number.POSITIVE_INFINITY
}

describe('LoadGauge', () => {
  const overloads = [
    { load: 2, serviceMs: 5, within: 110, why: 'twice as much' },
    { load: 5, serviceMs: 5, within: 20, why: 'the more, the sooner: a tenth of a second' },
    { load: 10, serviceMs: 5, within: 15, why: 'it must have lasted for a moment' },
    { load: 5, serviceMs: 1, within: 75, why: 'short requests: as much time' },
    { load: 2, serviceMs: 1, within: 250, why: 'short requests of twice as much' },
    { load: 2, serviceMs: 50, within: 60, why: 'long requests: as many' },
  ]
  for (const { load, serviceMs, within, why } of overloads) {
    it(`sees ${load}x of ${serviceMs} ms within ${within} requests: ${why}`, () => {
      for (const seed of [1, 2, 3, 4, 5]) {
        const steps = stepsUntilOverloaded(serviceMs, load, seed, 10_000)
        assert.ok(steps <= within, `${steps} with seed ${seed}`)
      }
    })
  }

  for (const serviceMs of [0.05, 1, 5, 50]) {
    it(`takes 0.8x of ${serviceMs} ms for no overload, however long it lasts`, () => {
      for (const seed of [1, 2, 3]) {
        assert.equal(stepsUntilOverloaded(serviceMs, 0.8, seed, 100_000), Number.POSITIVE_INFINITY)
      }
    })
  }

  it('takes no burst for one', () => {
    const server = watched(5)
    step(server, 5, 200)
    for (let taken = 0; taken < 300; taken++) {
      step(server, 5, 0)
      assert.equal(server.gauge.isOverloaded, false, `${taken}`)
    }
  })

  it('takes clients that wait for their answers for none, however many', () => {
    const server = watched(5)
    step(server, 5, 100)
    for (let taken = 0; taken < 2_000; taken++) step(server, 5, server.waiting > 0 ? 1 : 0)
    assert.equal(server.gauge.isOverloaded, false)
  })

  it('knows a queue that grows from one that stands', () => {
    const server = watched(5)
    for (let taken = 0; taken < 6; taken++) step(server, 5, 5)
    assert.equal(server.gauge.isGrowing(server.nowMs), true)
    for (let taken = 0; taken < 14; taken++) step(server, 5, 1)
    assert.equal(server.gauge.isGrowing(server.nowMs), false)
  })

  it('takes no crowd for one that meets a cold process, whose first requests are slow', () => {
    const gauge = new LoadGauge()
    let nowMs = 0
    for (let round = 0; round < 4; round++) {
      // Sixty-four clients ask, two at a time are read meanwhile, and each request takes thirty times what it will take.
      for (let begun = 0; begun < 32; begun++) {
        nowMs += 15
        gauge.took(15, 1)
        gauge.passed(nowMs, 2, 1)
        assert.equal(gauge.isOverloaded, false, `after ${round * 32 + begun} requests`)
      }
    }
  })

  it('takes a thread that was stopped for a while for none: what came meanwhile could have been done', () => {
    const server = watched(5)
    for (let taken = 0; taken < 100; taken++) step(server, 5, taken % 2)
    server.nowMs += 400
    server.gauge.passed(server.nowMs, 40, 0)
    server.waiting += 40
    for (let taken = 0; taken < 100; taken++) step(server, 5, taken % 2)
    assert.equal(server.gauge.isOverloaded, false)
  })

  describe('where it knows the time of the processor', () => {
    /** A thousand clients come at once and are read in so many turns of so many milliseconds, of which the thread has a share. */
    function crowd(clients: number, turns: number, turnMs: number, cpuShare: number): LoadGauge {
      let cpuMs = 0
      const gauge = new LoadGauge({ cpuMs: () => cpuMs })
      gauge.took(200 * 0.3, 200)
      gauge.passed(0, 1, 1)
      for (let turn = 1; turn <= turns; turn++) {
        cpuMs += turnMs * cpuShare
        gauge.passed(turn * turnMs, clients / turns, 5)
      }
      return gauge
    }

    const crowds = [
      {
        cpuShare: 0.3,
        isOverloaded: false,
        why: 'the machine did something else for most of the time in which it was read',
      },
      { cpuShare: 0.9, isOverloaded: true, why: 'the thread did nothing else for so long' },
    ]
    for (const { cpuShare, isOverloaded, why } of crowds) {
      it(`takes a crowd that has ${cpuShare} of a processor ${isOverloaded ? '' : 'not '}for an overload: ${why}`, () =>
        assert.equal(crowd(1_200, 6, 12, cpuShare).isOverloaded, isOverloaded))
    }

    function stepsToSee(cpuShare: number): number {
      const random = seededRandom(3)
      const server: Watched = { ...watched(5), gauge: new LoadGauge({ cpuMs: () => server.nowMs * cpuShare }) }
      server.gauge.took(1_000, 200)
      server.gauge.passed(0, 1, 1)
      for (let taken = 0; taken < 1_000; taken++) {
        if (server.gauge.isOverloaded) return taken
        step(server, 5, poisson(5, random))
      }
      return Number.POSITIVE_INFINITY
    }

    const overloaded = [
      { cpuShare: 1, within: 20, why: 'as soon as without it' },
      { cpuShare: 0.4, within: 40, why: 'later where others have most of the processor, but surely' },
      { cpuShare: 0, within: 90, why: 'requests that hold the thread for a disk take no time of it' },
    ]
    for (const { cpuShare, within, why } of overloaded) {
      it(`sees 5x within ${within} requests with ${cpuShare} of a processor: ${why}`, () => {
        const steps = stepsToSee(cpuShare)
        assert.ok(steps <= within, `${steps}`)
      })
    }
  })

  it('is calm again soon after the load has fallen', () => {
    const random = seededRandom(7)
    const server = watched(5)
    for (let taken = 0; taken < 200; taken++) step(server, 5, poisson(5, random))
    assert.equal(server.gauge.isOverloaded, true)
    server.waiting = 0
    for (let taken = 0; taken < 60; taken++) step(server, 5, poisson(0.5, random))
    assert.equal(server.gauge.isOverloaded, false)
  })

  it('believes a long request soon, and one that was interrupted only in part', () => {
    const gauge = new LoadGauge()
    gauge.took(5, 1)
    gauge.took(500, 1)
    assert.ok(gauge.serviceMs < 15, `${gauge.serviceMs}`)
    for (let taken = 0; taken < 8; taken++) gauge.took(250, 1)
    assert.ok(gauge.serviceMs > 150, `${gauge.serviceMs}`)
  })
})
