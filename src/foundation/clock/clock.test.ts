import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from './manual-clock.ts'
import { systemClock } from './system-clock.ts'

describe('ManualClock', () => {
  it('fires timers in order of due time, then of registration', async () => {
    const clock = new ManualClock()
    const fired: string[] = []
    clock.schedule(20, () => fired.push('late'))
    clock.schedule(10, () => fired.push('first'))
    clock.schedule(10, () => fired.push('second'))
    await clock.advance(20)
    assert.deepEqual(fired, ['first', 'second', 'late'])
  })

  it('lets code that sleeps in a loop keep up', async () => {
    const clock = new ManualClock()
    let rounds = 0
    const loop = async (): Promise<void> => {
      while (rounds < 5) {
        await clock.sleep(10)
        rounds++
      }
    }
    const running = loop()
    await clock.advance(50)
    await running
    assert.equal(rounds, 5)
  })

  it('moves wall time without firing when it jumps', () => {
    const clock = new ManualClock(1_000)
    clock.schedule(10, () => assert.fail('a jump fires nothing'))
    clock.jump(-500)
    assert.equal(clock.now(), 500)
    assert.equal(clock.monotonic(), 0)
  })

  it('does not fire what was cancelled', async () => {
    const clock = new ManualClock()
    const cancel = clock.schedule(10, () => assert.fail('cancelled'))
    cancel()
    await clock.advance(10)
    assert.equal(clock.pendingTimers, 0)
  })
})

describe('sleep', () => {
  const clocks = { manual: new ManualClock(), system: systemClock }
  for (const [name, clock] of Object.entries(clocks)) {
    it(`ends with the signal's reason on the ${name} clock`, async () => {
      const controller = new AbortController()
      const sleeping = clock.sleep(60_000, controller.signal)
      controller.abort(new Error('enough'))
      await assert.rejects(sleeping, { message: 'enough' })
      await assert.rejects(clock.sleep(1, controller.signal), { message: 'enough' })
    })
  }

  it('passes on the system clock', async () => {
    const startedMs = systemClock.monotonic()
    await systemClock.sleep(5)
    assert.ok(systemClock.monotonic() - startedMs >= 4)
  })
})
