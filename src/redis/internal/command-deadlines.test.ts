import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { CommandDeadlines, Deadline } from './command-deadlines.ts'

describe('the time limits of commands', () => {
  it('fire in order of their due time, whatever the order in which they were set, on one timer', async () => {
    const clock = new ManualClock()
    const deadlines = new CommandDeadlines(clock)
    const fired: number[] = []
    for (const limitMs of [100, 50, 100, 10, 70]) {
      deadlines.add(new Deadline(() => fired.push(limitMs)), clock.monotonic(), limitMs)
    }
    assert.deepEqual([deadlines.size, clock.pendingTimers], [5, 1])
    await clock.advance(60)
    assert.deepEqual(fired, [10, 50])
    await clock.advance(60)
    assert.deepEqual([fired, deadlines.size, clock.pendingTimers], [[10, 50, 70, 100, 100], 0, 0])
  })

  it('do not fire for a command that was answered, first, middle or last', async () => {
    const clock = new ManualClock()
    const deadlines = new CommandDeadlines(clock)
    const fired: string[] = []
    const set = ['a', 'b', 'c', 'd'].map((name) => new Deadline(() => fired.push(name)))
    for (const deadline of set) deadlines.add(deadline, clock.monotonic(), 10)
    for (const at of [0, 2, 3]) assert.equal(deadlines.remove(set[at] as Deadline), true)
    assert.equal(deadlines.remove(set[0] as Deadline), false)
    await clock.advance(20)
    assert.deepEqual([fired, deadlines.size], [['b'], 0])
    deadlines.add(set[1] as Deadline, clock.monotonic(), 10)
    await clock.advance(10)
    assert.deepEqual(fired, ['b', 'b'])
  })

  it('wait for one more turn after the process stood still, since the answers may be there unread', () => {
    let nowMs = 0
    const timers: { dueMs: number; task: () => void }[] = []
    const clock = {
      ...new ManualClock(),
      now: () => nowMs,
      monotonic: () => nowMs,
      sleep: async () => undefined,
      schedule(delayMs: number, task: () => void) {
        timers.push({ dueMs: nowMs + delayMs, task })
        return () => undefined
      },
    }
    const deadlines = new CommandDeadlines(clock)
    const fired: string[] = []
    const [answered, silent] = ['answered', 'silent'].map((name) => new Deadline(() => fired.push(name)))
    assert.ok(answered !== undefined && silent !== undefined)
    deadlines.add(answered, nowMs, 100)
    deadlines.add(silent, nowMs, 100)
    nowMs = 5_000
    timers.shift()?.task()
    assert.deepEqual(fired, [])
    deadlines.remove(answered)
    nowMs = 5_001
    timers.shift()?.task()
    assert.deepEqual(fired, ['silent'])
  })
})
