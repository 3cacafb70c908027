import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Clock } from '../foundation/clock/clock.ts'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { type Timed, TimerWheel, WheelTimer } from './timer-wheel.ts'

const tickMs = 100

class Recorder implements Timed {
  readonly timer: WheelTimer = new WheelTimer(this)
  readonly firedAtMs: number[] = []
  readonly #clock: Clock

  constructor(clock: Clock) {
    this.#clock = clock
  }

  timedOut(): void {
    this.firedAtMs.push(this.#clock.monotonic())
  }
}

function setUp(): { clock: ManualClock; wheel: TimerWheel; a: Recorder; b: Recorder } {
  const clock = new ManualClock()
  return { clock, wheel: new TimerWheel(clock, tickMs), a: new Recorder(clock), b: new Recorder(clock) }
}

describe('a timer wheel', () => {
  it('fires once, when the time has come', async () => {
    const { clock, wheel, a } = setUp()
    wheel.arm(a.timer, 1_000)
    await clock.advance(999)
    assert.deepEqual(a.firedAtMs, [])
    await clock.advance(5_000)
    assert.deepEqual(a.firedAtMs, [1_000])
  })

  it('fires at most one tick early when armed between two ticks', async () => {
    const { clock, wheel, a, b } = setUp()
    wheel.arm(b.timer, 10_000)
    await clock.advance(199)
    wheel.arm(a.timer, 1_000)
    await clock.advance(5_000)
    assert.deepEqual(a.firedAtMs, [1_100])
  })

  const moves: { why: string; firstMs: number; thenMs: number; expected: number[] }[] = [
    { why: 'a deadline that moves later', firstMs: 500, thenMs: 2_000, expected: [2_000] },
    { why: 'a deadline that moves earlier', firstMs: 2_000, thenMs: 500, expected: [500] },
    { why: 'a deadline beyond one turn of the wheel', firstMs: 100, thenMs: 120_000, expected: [120_000] },
  ]
  for (const { why, firstMs, thenMs, expected } of moves) {
    it(`follows ${why}`, async () => {
      const { clock, wheel, a } = setUp()
      wheel.arm(a.timer, firstMs)
      wheel.arm(a.timer, thenMs)
      await clock.advance(thenMs + 200)
      assert.deepEqual(a.firedAtMs, expected)
    })
  }

  it('forgets what is disarmed or removed, and can arm it again', async () => {
    const { clock, wheel, a, b } = setUp()
    wheel.arm(a.timer, 500)
    wheel.arm(b.timer, 500)
    wheel.disarm(a.timer)
    wheel.remove(b.timer)
    await clock.advance(1_000)
    assert.deepEqual([...a.firedAtMs, ...b.firedAtMs], [])
    wheel.arm(a.timer, 500)
    await clock.advance(1_000)
    assert.deepEqual(a.firedAtMs, [1_500])
  })

  it('keeps many timers of one slot apart', async () => {
    const { clock, wheel } = setUp()
    const recorders = Array.from({ length: 50 }, () => new Recorder(clock))
    for (const recorder of recorders) wheel.arm(recorder.timer, 500)
    for (const recorder of recorders.filter((_, index) => index % 3 === 0)) wheel.remove(recorder.timer)
    await clock.advance(1_000)
    assert.deepEqual(
      recorders.map((recorder) => recorder.firedAtMs.length),
      recorders.map((_, index) => (index % 3 === 0 ? 0 : 1)),
    )
  })

  it('ticks only while there is something to wait for', async () => {
    const { clock, wheel, a } = setUp()
    assert.equal(clock.pendingTimers, 0)
    wheel.arm(a.timer, 500)
    assert.equal(clock.pendingTimers, 1)
    await clock.advance(600)
    assert.equal(clock.pendingTimers, 0)
  })

  it('does not hold it against a peer when the process stood still', () => {
    // A clock whose timers fire when the loop is free again, an hour late.
    let nowMs = 0
    let task: (() => void) | undefined
    const clock: Clock = {
      now: () => nowMs,
      monotonic: () => nowMs,
      schedule: (_delayMs, next) => {
        task = next
        return () => {}
      },
      sleep: () => Promise.resolve(),
    }
    const wheel = new TimerWheel(clock, tickMs)
    const recorder = new Recorder(clock)
    wheel.arm(recorder.timer, 1_000)
    for (let tick = 1; tick <= 5; tick++) {
      nowMs += tickMs
      task?.()
    }
    nowMs += 3_600_000
    task?.()
    assert.deepEqual(recorder.firedAtMs, [])
    for (let tick = 0; tick < 4; tick++) {
      nowMs += tickMs
      task?.()
    }
    assert.equal(recorder.firedAtMs.length, 1)
  })
})
