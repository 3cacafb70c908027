import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { Warmup } from './warmup.ts'

const never = new AbortController().signal

describe('Warmup', () => {
  it('runs hooks in order, one after the other, and says how long each took', async () => {
    const clock = new ManualClock()
    const warmup = new Warmup(clock)
    const order: string[] = []
    warmup.add('slow', async () => {
      await clock.sleep(30)
      order.push('slow')
    })
    warmup.add('fast', () => void order.push('fast'))
    const running = warmup.run(never)
    await clock.advance(30)
    assert.deepEqual(await running, [
      { hook: 'slow', durationMs: 30 },
      { hook: 'fast', durationMs: 0 },
    ])
    assert.deepEqual(order, ['slow', 'fast'])
  })

  it('gives a round under way to whoever asks meanwhile, and a new one afterwards', async () => {
    const clock = new ManualClock()
    const warmup = new Warmup(clock)
    let rounds = 0
    warmup.add('count', async () => {
      rounds++
      await clock.sleep(10)
    })
    const both = Promise.all([warmup.run(never), warmup.run(never)])
    await clock.advance(10)
    await both
    assert.equal(rounds, 1)
    const again = warmup.run(never)
    await clock.advance(10)
    await again
    assert.equal(rounds, 2)
  })

  it('names the hook that failed and runs none behind it', async () => {
    const warmup = new Warmup(new ManualClock())
    const cause = new Error('no cache')
    warmup.add('cache', () => Promise.reject(cause))
    warmup.add('never', () => assert.fail('it comes after a failure'))
    await assert.rejects(warmup.run(never), { code: 'WARMUP_FAILED', message: /'cache'/, cause })
  })

  it('ends when the service stops', async () => {
    const warmup = new Warmup(new ManualClock())
    const controller = new AbortController()
    warmup.add('first', () => controller.abort(new Error('stopping')))
    warmup.add('second', () => assert.fail('it comes after the stop'))
    await assert.rejects(warmup.run(controller.signal), { code: 'WARMUP_FAILED', message: /'second'/ })
  })

  it('refuses a second hook of one name', () => {
    const warmup = new Warmup(new ManualClock())
    warmup.add('cache', () => {})
    assert.throws(() => warmup.add('cache', () => {}), { code: 'DUPLICATE_WARMUP' })
  })
})
