import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { debounce } from './debounce.ts'
import { throttle } from './throttle.ts'
import { Ticker } from './ticker.ts'

describe('throttle', () => {
  it('calls at once, then at the end of each interval with the last arguments', async () => {
    const clock = new ManualClock()
    const calls: string[] = []
    const save = throttle((text: string) => calls.push(`${text}@${clock.monotonic()}`), { intervalMs: 10, clock })
    for (const text of ['a', 'b', 'c']) save(text)
    assert.equal(save.pending, true)
    await clock.advance(15)
    save('d')
    await clock.advance(30)
    save('e')
    assert.deepEqual(calls, ['a@0', 'c@10', 'd@20', 'e@45'])
    await clock.advance(10)
    assert.equal(clock.pendingTimers, 0)
  })

  it('flushes what waits, or drops it', async () => {
    const clock = new ManualClock()
    const calls: string[] = []
    const save = throttle((text: string) => calls.push(text), { intervalMs: 10, clock })
    for (const text of ['a', 'b']) save(text)
    save.flush()
    save('c')
    save.cancel()
    await clock.advance(20)
    assert.deepEqual(calls, ['a', 'b'])
  })
})

describe('debounce', () => {
  it('calls once when it has been silent for long enough', async () => {
    const clock = new ManualClock()
    const calls: string[] = []
    const save = debounce((text: string) => calls.push(`${text}@${clock.monotonic()}`), { waitMs: 10, clock })
    save('a')
    await clock.advance(9)
    save('b')
    await clock.advance(9)
    assert.deepEqual(calls, [])
    await clock.advance(1)
    assert.deepEqual(calls, ['b@19'])
    assert.equal(clock.pendingTimers, 0)
  })

  it('does not put off for ever where there is a limit', async () => {
    const clock = new ManualClock()
    const calls: number[] = []
    const save = debounce(() => calls.push(clock.monotonic()), { waitMs: 10, maxWaitMs: 25, clock })
    for (let at = 0; at < 10; at++) {
      save()
      await clock.advance(5)
    }
    assert.deepEqual(calls, [25, 50])
  })

  it('flushes what waits, or drops it', async () => {
    const clock = new ManualClock()
    const calls: string[] = []
    const save = debounce((text: string) => calls.push(text), { waitMs: 10, clock })
    save.flush()
    save('a')
    save.flush()
    save('b')
    assert.equal(save.pending, true)
    save.cancel()
    await clock.advance(20)
    assert.deepEqual(calls, ['a'])
  })
})

describe('Ticker', () => {
  it('keeps to its beat, counted from the start', async () => {
    const clock = new ManualClock(0)
    const ticker = new Ticker(10, clock)
    const ticks: (number | undefined)[] = []
    for (let round = 0; round < 3; round++) {
      await clock.advance(round === 1 ? 25 : 10)
      ticks.push(await ticker.channel.receive())
    }
    assert.deepEqual(ticks, [10, 20, 40])
    ticker.stop()
    assert.equal(clock.pendingTimers, 0)
  })

  for (const periodMs of [0, -1, Number.NaN]) {
    it(`refuses a period of ${periodMs}`, () => assert.throws(() => new Ticker(periodMs), { code: 'BAD_PERIOD' }))
  }
})
