import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ManualClock } from '../foundation/clock/manual-clock.ts'
import { failing, kindsOf, outcomeOfPromise, stage } from './calls.fixture.ts'
import { cellRate } from './gcra.ts'
import { limiterStoreContract } from './limiter-store.contract.ts'
import { policy } from './policy.ts'
import { rateLimit } from './rate-limit.ts'
import { rateLimitFields } from './rate-limit-headers.ts'
import { memoryLimiterStore } from './stores/memory.ts'
import { TokenBucket } from './token-bucket.ts'

limiterStoreContract('memory', async () => {
  const clock = new ManualClock()
  return { store: memoryLimiterStore({ clock }), advance: (ms) => clock.advance(ms) }
})

describe('rate limit', () => {
  it('refuses with 429 and the time to come back', async () => {
    const { clock, context } = stage()
    const limit = rateLimit({ limit: 2, store: memoryLimiterStore({ clock }) })
    const kinds = kindsOf(limit)
    const call = failing()
    const onion = policy(limit)
    await onion(call, { context })
    await onion(call, { context })
    await assert.rejects(onion(call, { context }), {
      code: 'RATE_LIMITED',
      status: 429,
      details: { retryAfterMs: 500 },
    })
    assert.deepEqual([call.made, kinds], [2, ['refused']])
  })

  it('counts each key by itself, and by cost', async () => {
    const { clock, context } = stage()
    const limit = rateLimit({
      limit: 4,
      keyOf: ({ key }) => key.slice(0, 1),
      costOf: ({ key }) => (key.endsWith('!') ? 4 : 1),
      store: memoryLimiterStore({ clock }),
    })
    const codes = ['a!', 'a', 'b', 'b', 'b!'].map((key) => outcomeOfPromise(policy(limit)(failing(), { context, key })))
    await clock.advance(0)
    assert.deepEqual(
      codes.map(({ code }) => code ?? 'ok'),
      ['ok', 'RATE_LIMITED', 'ok', 'ok', 'RATE_LIMITED'],
    )
  })

  it('waits for its turn where it may, and refuses at once what would wait too long', async () => {
    const { clock, context } = stage()
    const limit = rateLimit({ limit: 10, burst: 1, maxWaitMs: 250, store: memoryLimiterStore({ clock }) })
    const calls = Array.from({ length: 5 }, () => outcomeOfPromise(policy(limit)(() => clock.monotonic(), { context })))
    await clock.advance(1_000)
    assert.deepEqual(
      calls.map(({ value }) => value).filter((value) => value !== undefined),
      [0, 100, 200],
    )
    assert.equal(calls.filter(({ code }) => code === 'RATE_LIMITED').length, 2)
    assert.equal(clock.pendingTimers, 0)
  })

  it('does not wait beyond the deadline', async () => {
    const { clock, context } = stage(50)
    const limit = rateLimit({ limit: 10, burst: 1, maxWaitMs: 250, store: memoryLimiterStore({ clock }) })
    await policy(limit)(failing(), { context })
    await assert.rejects(policy(limit)(failing(), { context }), { code: 'RATE_LIMITED' })
  })

  it('takes a store that answers with a promise', async () => {
    const store = memoryLimiterStore()
    const limit = rateLimit({ limit: 1, store: { take: async (...args) => store.take(...args) } })
    assert.equal(await policy(limit)(failing()), 1)
    await assert.rejects(policy(limit)(failing()), { code: 'RATE_LIMITED' })
  })

  it('refuses limits that cannot be', () => {
    for (const options of [{ limit: 0 }, { limit: -1 }, { limit: 1, burst: 0 }, { limit: 1, windowMs: 0 }]) {
      assert.throws(() => rateLimit(options), { code: 'BAD_POLICY' })
    }
  })
})

describe('the memory store', () => {
  it('holds no more keys than it may: first those go whose limit is whole again', async () => {
    const clock = new ManualClock()
    const store = memoryLimiterStore({ clock, maxKeys: 3 })
    const rule = { limit: 1, windowMs: 1_000, burst: 1 }
    await store.take('old', rule, 1)
    await clock.advance(1_000)
    await store.take('a', rule, 1)
    await store.take('b', rule, 1)
    await store.take('c', rule, 1)
    for (const key of ['a', 'b', 'c']) assert.equal((await store.take(key, rule, 1)).isAllowed, false, key)
    await store.take('d', rule, 1)
    assert.equal((await store.take('a', rule, 1)).isAllowed, true, 'the oldest had to go')
  })
})

describe('GCRA and the token bucket', () => {
  it('decide alike for any sequence of calls', () => {
    const call = fc.record({ pauseMs: fc.integer({ min: 0, max: 400 }), cost: fc.integer({ min: 1, max: 4 }) })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 8 }),
        fc.array(call),
        (rate, burst, calls) => {
          let nowMs = 0
          const clock = { monotonic: () => nowMs } as ManualClock
          const bucket = new TokenBucket({ ratePerSecond: rate, burst, clock })
          const rule = { limit: rate, windowMs: 1_000, burst }
          let tatMs: number | undefined
          for (const { pauseMs, cost } of calls) {
            nowMs += pauseMs
            const cell = cellRate(tatMs, nowMs, rule, cost)
            tatMs = cell.tatMs
            const waitMs = bucket.waitMs(cost)
            assert.equal(cell.decision.isAllowed, bucket.tryTake(cost))
            if (Number.isFinite(waitMs)) assert.ok(Math.abs(cell.decision.retryAfterMs - waitMs) < 1e-3)
            else assert.equal(cell.decision.retryAfterMs, waitMs)
          }
        },
      ),
    )
  })

  it('never admit more than rate × time + burst', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 50 })), (pauses) => {
        let nowMs = 0
        let admitted = 0
        let tatMs: number | undefined
        for (const pauseMs of pauses) {
          nowMs += pauseMs
          const cell = cellRate(tatMs, nowMs, { limit: 100, windowMs: 1_000, burst: 3 }, 1)
          tatMs = cell.tatMs
          if (cell.decision.isAllowed) admitted++
        }
        assert.ok(admitted <= nowMs / 10 + 3 + 1e-6)
      }),
    )
  })

  it('a bucket refills with time, up to its burst', async () => {
    const clock = new ManualClock()
    const bucket = new TokenBucket({ ratePerSecond: 10, burst: 2, clock })
    assert.deepEqual([bucket.tryTake(2), bucket.tryTake(), bucket.waitMs()], [true, false, 100])
    await clock.advance(100)
    assert.deepEqual([bucket.tryTake(), bucket.waitMs(3)], [true, Number.POSITIVE_INFINITY])
    await clock.advance(10_000)
    assert.equal(bucket.tokens, 2)
  })
})

describe('RateLimit fields', () => {
  const rule = { limit: 100, windowMs: 60_000, burst: 100 }
  const allowed = { isAllowed: true, remaining: 12, retryAfterMs: 0, resetMs: 4_200 }
  const refused = { isAllowed: false, remaining: 0, retryAfterMs: 600, resetMs: 60_000 }
  const rows = [
    {
      name: 'default',
      decision: allowed,
      limit: '"default";r=12;t=5',
      retry: undefined,
      why: 'seconds are rounded up',
    },
    {
      name: 'default',
      decision: refused,
      limit: '"default";r=0;t=1',
      retry: '1',
      why: 'the reset is that of Retry-After',
    },
    { name: 'a "b"', decision: allowed, limit: '"a \\"b\\"";r=12;t=5', retry: undefined, why: 'quotes are escaped' },
  ]
  for (const { name, decision, limit, retry, why } of rows) {
    it(`say ${limit}: ${why}`, () => {
      const fields = new Map(rateLimitFields(name, rule, decision))
      assert.deepEqual([fields.get('RateLimit'), fields.get('Retry-After')], [limit, retry])
      assert.match(fields.get('RateLimit-Policy') ?? '', /;q=100;w=60$/)
    })
  }

  it('name no time where none would help', () => {
    const never = { ...refused, retryAfterMs: Number.POSITIVE_INFINITY }
    assert.equal(new Map(rateLimitFields('x', rule, never)).get('Retry-After'), undefined)
  })

  it('refuse a name that could not stand in a header', () => {
    for (const name of ['', 'a\r\nb', 'ü'])
      assert.throws(() => rateLimitFields(name, rule, allowed), { code: 'BAD_POLICY' })
  })
})
