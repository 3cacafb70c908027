import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { sleep } from '../concurrency/sleep.ts'
import { down, failing, hanging, kindsOf, outcomeOfPromise, stage } from './calls.fixture.ts'
import { hedge } from './hedge.ts'
import { LatencyWindow } from './latency-window.ts'
import { policy } from './policy.ts'
import { RetryBudget } from './retry-budget.ts'

describe('hedge', () => {
  it('makes a second call after the delay; the first answer wins and the other call is cancelled', async () => {
    const { clock, context } = stage()
    const onion = policy(hedge({ delayMs: 50 }))
    const kinds = kindsOf(onion)
    let cancelled: string | undefined
    let made = 0
    const outcome = outcomeOfPromise(
      onion(
        async (inner) => {
          if (++made === 2) return sleep(10).then(() => 'second')
          inner.onCancel((reason) => (cancelled = reason.code))
          return hanging(inner)
        },
        { context },
      ),
    )
    await clock.advance(49)
    assert.equal(made, 1)
    await clock.advance(11)
    assert.deepEqual([outcome.value, cancelled], ['second', 'CANCELLED'])
    assert.deepEqual(kinds, ['hedged', 'hedge-won'])
  })

  it('makes one call where the answer is there in time', async () => {
    const { clock, context } = stage()
    const call = failing()
    assert.equal(await policy(hedge({ delayMs: 50 }))(call, { context }), 1)
    await clock.advance(100)
    assert.deepEqual([call.made, clock.pendingTimers], [1, 0])
  })

  it('throws an error before the delay at once', async () => {
    const { clock, context } = stage()
    await assert.rejects(policy(hedge({ delayMs: 50 }))(failing(down), { context }), down)
    await clock.advance(50)
    assert.equal(clock.pendingTimers, 0)
  })

  it('throws the first error when both have failed, not before', async () => {
    const { clock, context } = stage()
    let made = 0
    const outcome = outcomeOfPromise(
      policy(hedge({ delayMs: 50 }))(
        async () => {
          const own = ++made
          await sleep(own === 1 ? 60 : 30)
          throw own === 1 ? down : new Error('second')
        },
        { context },
      ),
    )
    await clock.advance(70)
    assert.deepEqual(outcome, {})
    await clock.advance(10)
    assert.equal(outcome.code, 'DOWN')
  })

  it('does not double what may not be done twice', async () => {
    const { clock, context } = stage()
    let made = 0
    const calling = policy(hedge({ delayMs: 50 }))(
      async () => {
        made++
        await sleep(100)
      },
      { context, idempotent: false },
    )
    await clock.advance(100)
    await calling
    assert.equal(made, 1)
  })

  it('stays within its budget', async () => {
    const { clock, context } = stage()
    const onion = policy(hedge({ delayMs: 10, budget: new RetryBudget({ reserve: 2, minPerSecond: 0, clock }) }))
    let made = 0
    const calls = Array.from({ length: 10 }, () =>
      onion(
        async () => {
          made++
          await sleep(50)
        },
        { context },
      ),
    )
    await clock.advance(100)
    await Promise.all(calls)
    assert.equal(made, 12)
  })

  it('learns its delay: nothing is hedged before 20 calls, then what is slower than 95 of 100', async () => {
    const { clock, context } = stage()
    const onion = policy(hedge())
    const kinds = kindsOf(onion)
    const call = async (ms: number): Promise<void> => {
      const calling = onion(() => sleep(ms), { context })
      await clock.advance(ms)
      await calling
    }
    await call(500)
    for (let ms = 1; ms <= 19; ms++) await call(ms)
    assert.deepEqual(kinds, [])
    await call(400)
    assert.deepEqual(kinds, [])
    for (let repeat = 0; repeat < 30; repeat++) await call(10)
    await call(450)
    assert.deepEqual(kinds, ['hedged'])
  })

  it('ends with its caller', async () => {
    const { clock, context } = stage()
    const outcome = outcomeOfPromise(policy(hedge({ delayMs: 10 }))(hanging, { context }))
    await clock.advance(20)
    context.cancel()
    await clock.advance(0)
    assert.equal(outcome.code, 'CANCELLED')
  })
})

describe('LatencyWindow', () => {
  it('knows the quantile of the last 128', () => {
    const window = new LatencyWindow()
    assert.equal(window.quantile(0.5), undefined)
    for (let ms = 0; ms < 100; ms++) window.add(ms)
    assert.equal(window.quantile(0.95), 95)
    for (let ms = 0; ms < 128; ms++) window.add(7)
    assert.equal(window.quantile(0.95), 7)
  })
})
