/** A door before a loop that a test turns by hand. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../../foundation/clock/clock.ts'
import { Admission } from './admission.ts'
import type { Priority } from './priority.ts'

/** A thread: whoever begins holds it for `workMs`, and its loop is turned by `turn`. */
function thread(workMs: number) {
  const state = { nowMs: 1_000 }
  const log: string[] = []
  let tasks: (() => void)[] = []
  const clock = { monotonic: () => state.nowMs } as Clock
  const work = (name: string) => {
    state.nowMs += workMs
    log.push(name)
  }
  const admission = new Admission<string>({
    clock,
    afterEvents: (task) => tasks.push(task),
    start: (name) => {
      if (name.startsWith('gone')) return false
      work(name)
      return true
    },
    drop: (name, why) => log.push(`${name} ${why}`),
  })
  return {
    admission,
    log,
    get isIdle() {
      return tasks.length === 0
    },
    pass: (ms: number) => {
      state.nowMs += ms
    },
    arrive: (name: string, priority: Priority = 'normal', deadlineMs = Number.POSITIVE_INFINITY) => {
      if (admission.tryBegin(state.nowMs)) work(name)
      else admission.hold(name, { nowMs: state.nowMs, priority, deadlineMs })
    },
    turn: () => {
      const due = tasks
      tasks = []
      for (const task of due) task()
    },
    /** Until nothing is left to do. */
    drain() {
      for (let turns = 0; tasks.length > 0; turns++) {
        assert.ok(turns < 10_000, 'the loop comes to rest')
        this.turn()
      }
    },
  }
}

describe('Admission', () => {
  it('lets in at once who comes while nobody waits', () => {
    const loop = thread(0.01)
    for (let at = 0; at < 50; at++) {
      loop.arrive(`${at}`)
      loop.turn()
      loop.pass(10)
      assert.equal(loop.log.length, at + 1)
    }
    assert.equal(loop.isIdle, true)
  })

  it('reads what has come before the next request holds the thread', () => {
    const loop = thread(5)
    loop.arrive('a')
    loop.arrive('b')
    assert.deepEqual(loop.log, ['a'])
    loop.turn()
    loop.arrive('vip', 'high')
    loop.drain()
    assert.deepEqual(loop.log, ['a', 'vip', 'b'])
  })

  it('begins many small requests in one turn, up to a slice', () => {
    const loop = thread(0.125)
    for (let at = 0; at < 30; at++) loop.arrive(`${at}`)
    const atOnce = loop.log.length
    assert.ok(atOnce >= 8 && atOnce <= 10, `${atOnce}`)
    while (loop.log.length === atOnce) loop.turn()
    const inOneTurn = loop.log.length - atOnce
    assert.ok(inOneTurn >= 8 && inOneTurn <= 10, `${inOneTurn}`)
    loop.drain()
    assert.equal(loop.log.length, 30)
  })

  it('lets in at once who comes after all who waited were served, and takes no idle time for work', () => {
    const loop = thread(5)
    for (const name of ['a', 'b', 'c']) loop.arrive(name)
    loop.drain()
    loop.pass(10_000)
    loop.arrive('later')
    assert.deepEqual(loop.log, ['a', 'b', 'c', 'later'])
    loop.drain()
    assert.ok(loop.admission.gauge.serviceMs <= 5, `${loop.admission.gauge.serviceMs} ms`)
  })

  it('lets requests that came in one piece hold the thread one after the other, not all at once', () => {
    const loop = thread(5)
    const { admission } = loop
    const receivedMs = 1_000
    for (const name of ['a', 'b', 'c']) {
      if (admission.tryBegin(receivedMs)) {
        loop.pass(5)
        loop.log.push(name)
      } else admission.hold(name, { nowMs: receivedMs })
    }
    assert.deepEqual(loop.log, ['a'])
    loop.drain()
    assert.deepEqual(loop.log, ['a', 'b', 'c'])
  })

  it('does not begin what nobody waits for any more', () => {
    const loop = thread(5)
    loop.arrive('a')
    loop.arrive('gone')
    loop.arrive('late', 'normal', 1_004)
    loop.arrive('b')
    loop.drain()
    assert.deepEqual(loop.log.sort(), ['a', 'b', 'late deadline'])
  })

  it('turns nobody away in a burst', () => {
    const loop = thread(5)
    for (let at = 0; at < 80; at++) loop.arrive(`${at}`)
    loop.drain()
    assert.equal(loop.log.filter((entry) => entry.includes(' ')).length, 0)
    assert.equal(loop.log.length, 80)
  })

  it('turns away the oldest when five times too much arrives, serves all of high priority, and recovers', () => {
    const loop = thread(5)
    for (let round = 0; round < 400; round++) {
      loop.arrive(`vip${round}`, round % 4 === 0 ? 'high' : 'normal')
      for (let at = 0; at < 4; at++) loop.arrive(`n${round}.${at}`)
      const before = loop.log.filter((entry) => !entry.includes(' ')).length
      while (loop.log.filter((entry) => !entry.includes(' ')).length === before) loop.turn()
    }
    assert.equal(loop.admission.isOverloaded, true)
    const served = loop.log.filter((entry) => !entry.includes(' ')).length
    assert.ok(served >= 400, `${served}`)
    const lost = loop.log.filter((entry) => /^vip\d+ /.test(entry) && Number.parseInt(entry.slice(3), 10) % 4 === 0)
    assert.deepEqual(lost, [])
    loop.drain()
    for (let calm = 0; calm < 60; calm++) {
      loop.pass(10)
      loop.arrive(`calm${calm}`)
      loop.drain()
    }
    assert.equal(loop.admission.isOverloaded, false)
    loop.log.length = 0
    for (let at = 0; at < 10; at++) loop.arrive(`after${at}`)
    loop.drain()
    assert.equal(loop.log.length, 10)
    assert.equal(
      loop.log.some((entry) => entry.includes(' ')),
      false,
    )
  })

  it('lets none of many clients starve who wait for their answers and ask again', () => {
    const loop = thread(5)
    const clients = 100
    const served = new Map<string, number>()
    for (let client = 0; client < clients; client++) loop.arrive(`c${client}`)
    for (let seen = 0; loop.log.length < 2_000; ) {
      loop.turn()
      for (; seen < loop.log.length; seen++) {
        const client = loop.log[seen] ?? ''
        served.set(client, (served.get(client) ?? 0) + 1)
        loop.arrive(client)
      }
    }
    assert.equal(loop.admission.isOverloaded, false)
    assert.equal(served.size, clients)
    assert.ok(Math.min(...served.values()) >= 15, `${Math.min(...served.values())} of 20`)
  })

  it('lets high priority wait for longer than others, until it is most of what is asked for', () => {
    const loop = thread(5)
    const flood = (rounds: number, high: number) => {
      for (let round = 0; round < rounds; round++) {
        for (let at = 0; at < 5; at++) loop.arrive('r', at < high ? 'high' : 'normal')
        const before = loop.log.length
        while (loop.log.length === before) loop.turn()
      }
    }
    flood(400, 0)
    assert.equal(loop.admission.isOverloaded, true)
    const { admission } = loop
    assert.ok(admission.maxWaitMs('high') > 2 * admission.maxWaitMs('normal'))
    flood(400, 2)
    assert.equal(admission.maxWaitMs('high'), admission.maxWaitMs('normal'))
    flood(400, 0)
    assert.ok(admission.maxWaitMs('high') > 2 * admission.maxWaitMs('normal'))
  })
})
