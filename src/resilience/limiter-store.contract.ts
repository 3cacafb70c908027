/** What every limiter store keeps: run it with a store of its own for each test, and a way to let its time pass. */
import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LimiterStore } from './limiter-store.ts'

export interface LimiterStoreHarness {
  readonly store: LimiterStore
  /** Lets the store's own time pass. */
  advance(ms: number): Promise<void>
  close?(): Promise<void>
}

/** `slackMs`: how far the store's time may be from what was asked for; 0 on a manual clock. */
export function limiterStoreContract(
  name: string,
  open: () => Promise<LimiterStoreHarness>,
  slackMs: number = 0,
): void {
  const run = (sentence: string, body: (harness: LimiterStoreHarness) => Promise<void>): void => {
    it(sentence, async () => {
      const harness = await open()
      try {
        await body(harness)
      } finally {
        await harness.close?.()
      }
    })
  }

  describe(`${name}, as a limiter store`, () => {
    const rule = { limit: 10, windowMs: 1_000, burst: 5 }
    const near = (actual: number, expected: number): void => {
      assert.ok(Math.abs(actual - expected) <= slackMs + 1e-3, `${actual} is not ${expected} within ${slackMs} ms`)
    }

    run('allows the burst at once and counts it down', async ({ store }) => {
      const remaining: number[] = []
      for (let call = 0; call < 5; call++) {
        const decision = await store.take('a', rule, 1)
        assert.equal(decision.isAllowed, true)
        assert.equal(decision.retryAfterMs, 0)
        remaining.push(decision.remaining)
      }
      assert.deepEqual(remaining, [4, 3, 2, 1, 0])
    })

    run('refuses beyond it, and says when to come back', async ({ store }) => {
      for (let call = 0; call < 5; call++) await store.take('a', rule, 1)
      const refused = await store.take('a', rule, 1)
      assert.deepEqual([refused.isAllowed, refused.remaining], [false, 0])
      near(refused.retryAfterMs, 100)
      near(refused.resetMs, 500)
    })

    run('allows a call when the time that it named has passed, and not for being asked often', async (harness) => {
      for (let call = 0; call < 20; call++) await harness.store.take('a', rule, 1)
      const { retryAfterMs } = await harness.store.take('a', rule, 1)
      await harness.advance(retryAfterMs + slackMs)
      assert.equal((await harness.store.take('a', rule, 1)).isAllowed, true)
      // On a busy machine real time may have passed for one more.
      if (slackMs === 0) assert.equal((await harness.store.take('a', rule, 1)).isAllowed, false)
    })

    run('keeps keys apart', async ({ store }) => {
      for (let call = 0; call < 6; call++) await store.take('a', rule, 1)
      assert.equal((await store.take('b', rule, 1)).remaining, 4)
    })

    run('takes all of a cost or nothing', async ({ store }) => {
      assert.equal((await store.take('a', rule, 4)).remaining, 1)
      const refused = await store.take('a', rule, 2)
      assert.deepEqual([refused.isAllowed, refused.remaining], [false, 1])
      assert.equal((await store.take('a', rule, 1)).isAllowed, true)
    })

    run('never allows a cost above the burst', async ({ store }) => {
      const refused = await store.take('a', rule, 6)
      assert.deepEqual([refused.isAllowed, refused.retryAfterMs], [false, Number.POSITIVE_INFINITY])
      assert.equal((await store.take('a', rule, 5)).isAllowed, true)
    })

    run('admits the limit over a long time, to 2 % less and 1 % more', async (harness) => {
      const fast = { limit: 1_000, windowMs: 1_000, burst: 10 }
      let admitted = 0
      for (let step = 0; step < 200; step++) {
        for (let call = 0; call < 20; call++) if ((await harness.store.take('a', fast, 1)).isAllowed) admitted++
        await harness.advance(5)
      }
      if (slackMs === 0) assert.ok(admitted >= 980 && admitted <= 1_010, `${admitted} of 1,000`)
      else assert.ok(admitted >= 10, `${admitted}`)
    })
  })
}
