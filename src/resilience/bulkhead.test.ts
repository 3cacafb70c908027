import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sleep } from '../concurrency/sleep.ts'
import { bulkhead } from './bulkhead.ts'
import { down, failing, kindsOf, outcomeOfPromise, stage } from './calls.fixture.ts'
import { policy } from './policy.ts'

describe('bulkhead', () => {
  it('runs so many at a time, the next when one ends, and refuses beyond its queue', async () => {
    const { clock, context } = stage()
    const walls = bulkhead({ maxConcurrent: 2, maxQueued: 1 })
    const kinds = kindsOf(walls)
    const call = (ms: number) => outcomeOfPromise(policy(walls)(() => sleep(ms).then(() => ms), { context }))
    const outcomes = [call(100), call(50), call(10), call(10)]
    await clock.advance(0)
    assert.deepEqual(walls.states(), [{ key: '', running: 2, queued: 1 }])
    assert.equal(outcomes[3]?.code, 'BULKHEAD_FULL')
    await clock.advance(60)
    assert.equal(outcomes[2]?.value, 10)
    await clock.advance(40)
    assert.deepEqual(walls.states(), [{ key: '', running: 0, queued: 0 }])
    assert.deepEqual(kinds, ['refused'])
    assert.equal(clock.pendingTimers, 0)
  })

  const patience = [
    { queueTimeoutMs: 30, timeoutMs: undefined, code: 'BULKHEAD_FULL', why: 'no place came free in time' },
    { queueTimeoutMs: 1_000, timeoutMs: 30, code: 'DEADLINE_EXCEEDED', why: 'the caller’s time is over' },
  ]
  for (const { queueTimeoutMs, timeoutMs, code, why } of patience) {
    it(`ends waiting with ${code}: ${why}`, async () => {
      const { clock, context } = stage()
      const onion = policy(bulkhead({ maxConcurrent: 1, queueTimeoutMs }))
      const running = outcomeOfPromise(onion(() => sleep(500), { context }))
      const waiting = outcomeOfPromise(onion(failing(), { context: context.child({ timeoutMs }) }))
      await clock.advance(30)
      assert.equal(waiting.code, code)
      await clock.advance(470)
      assert.deepEqual(running, { value: undefined })
      assert.equal(clock.pendingTimers, 0)
    })
  }

  it('gives the place back when the call fails', async () => {
    const onion = policy(bulkhead({ maxConcurrent: 1, maxQueued: 0 }))
    await assert.rejects(onion(failing(down)), down)
    assert.equal(await onion(failing()), 1)
  })

  it('keeps keys apart', async () => {
    const { clock, context } = stage()
    const onion = policy(bulkhead({ maxConcurrent: 1, maxQueued: 0 }))
    const slow = outcomeOfPromise(onion(() => sleep(10), { context, key: 'a' }))
    assert.equal(await onion(failing(), { context, key: 'b' }), 1)
    await assert.rejects(onion(failing(), { context, key: 'a' }), { code: 'BULKHEAD_FULL' })
    await clock.advance(10)
    assert.deepEqual(slow, { value: undefined })
  })

  it('refuses sizes that cannot be', () => {
    for (const options of [{ maxConcurrent: 0 }, { maxQueued: -1 }, { queueTimeoutMs: -1 }]) {
      assert.throws(() => bulkhead(options), { code: 'BAD_POLICY' })
    }
  })
})
