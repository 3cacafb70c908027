/** The limiter store on Redis: what every store keeps, and four processes that share one limit. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createRedis, type RedisConnection } from 'genever/redis'
import { redisLimiterStore } from 'genever/resilience'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { limiterStoreContract } from '../../../src/resilience/limiter-store.contract.ts'

const execute = promisify(execFile)
const algorithms = ['gcra', 'token-bucket'] as const

describe('limits on Redis', { skip: redisMissing }, () => {
  let server: RedisSystem
  let redis: RedisConnection
  let prefix = 0
  before(async () => {
    server = await startRedis()
    redis = createRedis({ url: server.url })
    await redis.start()
  })
  after(async () => {
    await redis.stop()
    await server.stop()
  })

  for (const algorithm of algorithms) {
    const open = async () => ({
      store: redisLimiterStore({ redis, algorithm, prefix: `${prefix++}:` }),
      advance: (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, ms)),
    })
    limiterStoreContract(`Redis with ${algorithm}`, open, 100)
  }

  it('leaves nothing behind when a limit is whole again', async () => {
    for (const algorithm of algorithms) {
      const store = redisLimiterStore({ redis, algorithm, prefix: 'short:' })
      await store.take(algorithm, { limit: 100, windowMs: 1_000, burst: 5 }, 1)
    }
    await new Promise((resolve) => setTimeout(resolve, 60))
    assert.deepEqual(await redis.send(['KEYS', 'short:*']), [])
  })

  for (const algorithm of algorithms) {
    it(`admit, over four processes, the limit to 2 % less and 1 % more (${algorithm})`, async () => {
      // A burst of three seconds: on a busy machine nobody may ask for a while, and what is due then must not be lost.
      const rule = { limit: 300, windowMs: 1_000, burst: 900 }
      const store = redisLimiterStore({ redis, algorithm, timeoutMs: 1_000 })
      const startMs = Date.now() + 1_500
      const args = [`${import.meta.dirname}/programs/limited.ts`, server.url, algorithm, JSON.stringify(rule)]
      const times = [String(startMs), String(startMs + 5_000)]
      const running = Array.from({ length: 4 }, () => execute(process.execPath, [...args, ...times]))
      await new Promise((resolve) => setTimeout(resolve, startMs - Date.now() - 200))
      assert.equal((await store.take(algorithm, rule, rule.burst)).isAllowed, true)
      const emptiedMs = await serverTimeMs(redis)
      const counts = (await Promise.all(running)).map(({ stdout }) => JSON.parse(stdout) as Count)
      const left = (await store.take(algorithm, rule, 1)).remaining + 1
      const tookMs = (await serverTimeMs(redis)) - emptiedMs
      const admitted = counts.reduce((sum, count) => sum + count.admitted, 0)
      const asked = counts.reduce((sum, count) => sum + count.asked, 0)
      const ratio = (admitted + left) / ((rule.limit * tookMs) / rule.windowMs)
      console.log(`${algorithm}: 4 processes asked ${asked} times, admitted ${(ratio * 100).toFixed(2)} % of the limit`)
      assert.ok(ratio >= 0.98 && ratio <= 1.01, `${ratio}`)
      assert.ok(asked > admitted, 'the limit was put under pressure')
      assert.ok(counts.every((count) => count.admitted > 0))
    })
  }
})

interface Count {
  readonly admitted: number
  readonly asked: number
}

async function serverTimeMs(redis: RedisConnection): Promise<number> {
  const [seconds, micros] = (await redis.send(['TIME'])) as string[]
  return Number(seconds) * 1_000 + Number(micros) / 1_000
}
