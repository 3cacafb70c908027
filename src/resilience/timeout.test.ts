import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sleep } from '../concurrency/sleep.ts'
import { isRetryable } from '../foundation/errors/service-error.ts'
import { failing, hanging, kindsOf, outcomeOfPromise, stage, wrong } from './calls.fixture.ts'
import { policy } from './policy.ts'
import { timeout } from './timeout.ts'

describe('timeout', () => {
  const rows = [
    { name: 'a call that watches its context', call: hanging, why: 'it throws what its context says' },
    { name: 'a call that watches nothing', call: () => new Promise<never>(() => {}), why: 'nobody waits for it' },
  ]
  for (const { name, call, why } of rows) {
    it(`ends ${name} with a retryable error: ${why}`, async () => {
      const { clock, context } = stage()
      const onion = policy(timeout({ timeoutMs: 50 }))
      const kinds = kindsOf(onion)
      const calling = onion(call, { context }).catch((error) => error)
      await clock.advance(50)
      const error = await calling
      assert.deepEqual([error.code, error.status, isRetryable(error)], ['CALL_TIMEOUT', 504, true])
      assert.deepEqual(kinds, ['timed-out'])
      assert.equal(clock.pendingTimers, 0)
    })
  }

  it('lets the caller’s nearer deadline hold', async () => {
    const { clock, context } = stage(20)
    const outcome = outcomeOfPromise(policy(timeout({ timeoutMs: 50 }))(hanging, { context }))
    await clock.advance(20)
    assert.equal(outcome.code, 'DEADLINE_EXCEEDED')
  })

  it('passes on that the caller gave up', async () => {
    const { clock, context } = stage()
    const outcome = outcomeOfPromise(policy(timeout())(hanging, { context }))
    context.cancel()
    await clock.advance(0)
    assert.equal(outcome.code, 'CANCELLED')
  })

  it('leaves answers and errors in time as they are, and no timer behind', async () => {
    const { clock, context } = stage()
    const onion = policy(timeout())
    assert.equal(await onion(failing(), { context }), 1)
    await assert.rejects(onion(failing(wrong), { context }), wrong)
    await clock.advance(1_000)
    assert.equal(clock.pendingTimers, 0)
    assert.equal(context.cancelled, undefined)
  })

  it('sets one timer for all calls, and ends each at its own time', async () => {
    const { clock, context } = stage()
    const onion = policy(timeout({ timeoutMs: 50 }))
    const outcomes: { value?: unknown; code?: string }[] = []
    for (let call = 0; call < 5; call++) {
      outcomes.push(outcomeOfPromise(onion(call === 1 ? failing() : () => new Promise(() => {}), { context })))
      await clock.advance(10)
    }
    assert.equal(clock.pendingTimers, 1)
    const codes = () => outcomes.map(({ code, value }) => code ?? value)
    assert.deepEqual(codes(), ['CALL_TIMEOUT', 1, undefined, undefined, undefined])
    await clock.advance(20)
    assert.deepEqual(codes(), ['CALL_TIMEOUT', 1, 'CALL_TIMEOUT', undefined, undefined])
  })

  it('cancels whatever the call waits for', async () => {
    const { clock, context } = stage()
    let ended: string | undefined
    const outcome = outcomeOfPromise(
      policy(timeout({ timeoutMs: 10 }))(() => sleep(1_000).catch((error) => (ended = error.code)), { context }),
    )
    await clock.advance(10)
    assert.deepEqual([ended, outcome.code], ['CALL_TIMEOUT', 'CALL_TIMEOUT'])
  })

  it('refuses a time that is none', () => {
    for (const timeoutMs of [0, -1, Number.NaN]) assert.throws(() => timeout({ timeoutMs }), { code: 'BAD_POLICY' })
  })
})
