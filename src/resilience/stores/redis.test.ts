import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ManualClock } from '../../foundation/clock/manual-clock.ts'
import { ServiceError } from '../../foundation/errors/service-error.ts'
import type { RedisLike, RedisReply } from '../../redis/redis-like.ts'
import { prometheusText } from '../../telemetry/exporters/prometheus.ts'
import { Registry } from '../../telemetry/registry.ts'
import { redisLimiterStore } from './redis.ts'

/** The decisions themselves are tested against a real server; here only what happens without one. */
function absentRedis(): { redis: RedisLike; asked: () => number; comesBack: () => void } {
  let asked = 0
  let isBack = false
  const run = async (): Promise<RedisReply> => {
    asked++
    if (isBack) return [1, 41, 0, 5_000]
    throw new ServiceError('REDIS_UNAVAILABLE', 'Redis cannot be asked: it is down.', { status: 503 })
  }
  const never = (): Promise<never> => assert.fail('a limiter only runs its script')
  const redis: RedisLike = { run, send: never, pipeline: never, subscribe: never }
  return { redis, asked: () => asked, comesBack: () => (isBack = true) }
}

const rule = { limit: 10, windowMs: 1_000, burst: 8 }

describe('a Redis limiter store whose Redis is down', () => {
  it('counts by itself, its share of the limit, and asks Redis again now and then', async () => {
    const clock = new ManualClock()
    const meter = new Registry()
    const { redis, asked, comesBack } = absentRedis()
    const store = redisLimiterStore({ redis, clock, meter, localRatio: 0.5 })
    const takeTen = async (): Promise<number> => {
      let allowed = 0
      for (let call = 0; call < 10; call++) if ((await store.take('a', rule, 1)).isAllowed) allowed++
      return allowed
    }
    assert.equal(await takeTen(), 4)
    assert.equal(asked(), 1)
    await clock.advance(250)
    await takeTen()
    assert.equal(asked(), 2)
    assert.match(prometheusText(meter.snapshot()), /rate_limit_fallbacks_total\{instead="local"\} 20/)
    comesBack()
    assert.equal((await store.take('a', rule, 1)).remaining, 0)
    await clock.advance(250)
    assert.equal((await store.take('a', rule, 1)).remaining, 41)
    assert.equal((await store.take('a', rule, 1)).remaining, 41)
    assert.equal(asked(), 4)
  })

  it('lets one call find out whether it is back while the others do not wait', async () => {
    const clock = new ManualClock()
    const { redis } = absentRedis()
    let answer: ((reply: RedisReply) => void) | undefined
    const slow: RedisLike = { ...redis, run: () => new Promise((resolve) => (answer = resolve)) }
    let isSlow = false
    const run: RedisLike['run'] = (...call) => (isSlow ? slow : redis).run(...call)
    const store = redisLimiterStore({ redis: { ...redis, run }, clock })
    await store.take('a', rule, 1)
    await clock.advance(250)
    isSlow = true
    const probe = store.take('a', rule, 1)
    assert.ok(probe instanceof Promise)
    assert.ok(!(store.take('a', rule, 1) instanceof Promise))
    answer?.([1, 7, 0, 100])
    assert.equal((await probe).remaining, 7)
  })

  const others = [
    { whenDown: 'allow', isAllowed: true },
    { whenDown: 'refuse', isAllowed: false },
  ] as const
  for (const { whenDown, isAllowed } of others) {
    it(`${whenDown}s every call if told so`, async () => {
      const store = redisLimiterStore({ redis: absentRedis().redis, whenDown, clock: new ManualClock() })
      for (let call = 0; call < 20; call++) assert.equal((await store.take('a', rule, 1)).isAllowed, isAllowed)
    })
  }

  it('refuses options that cannot be', () => {
    const { redis } = absentRedis()
    assert.throws(() => redisLimiterStore({ redis, localRatio: 0 }), { code: 'BAD_POLICY' })
    assert.throws(() => redisLimiterStore({ redis, timeoutMs: 0 }), { code: 'BAD_POLICY' })
  })
})
