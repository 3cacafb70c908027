/** The cache on a real Redis: both contracts, four processes that miss at once, and a Redis that goes and comes back. */
import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { after, before, describe, it } from 'node:test'
import { promisify } from 'node:util'
import { createCache, memoryCacheStore, redisCacheBus, redisCacheStore } from 'genever/cache'
import { createRedis, type RedisConnection } from 'genever/redis'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { startRedisCluster } from '../../../scripts/systems/redis-cluster.ts'
import { startRedisSentinel } from '../../../scripts/systems/redis-sentinel.ts'
import { cacheContract } from '../../../src/cache/cache.contract.ts'
import { cacheStoreContract } from '../../../src/cache/cache-store.contract.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'

const execute = promisify(execFile)
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))

async function connected(url: string): Promise<RedisConnection> {
  const redis = createRedis({ url, commandTimeoutMs: 300 })
  await redis.start()
  return redis
}

async function until(isSo: () => boolean | Promise<boolean>, limitMs = 5_000): Promise<number> {
  const startedMs = performance.now()
  while (!(await isSo())) {
    assert.ok(performance.now() - startedMs < limitMs, `not so after ${limitMs} ms`)
    await pause(5)
  }
  return performance.now() - startedMs
}

describe('a cache on Redis', { skip: redisMissing }, () => {
  let server: RedisSystem
  let redis: RedisConnection
  let prefixes = 0
  before(async () => {
    server = await startRedis()
    redis = createRedis({ url: server.url })
    await redis.start()
  })
  after(async () => {
    await redis.stop()
    await server.stop()
  })

  const store = () => redisCacheStore({ redis, prefix: `${prefixes++}:`, timeoutMs: 2_000 })
  cacheStoreContract('Redis', async () => ({ store: store(), advance: pause, now: () => Date.now() }), 150)
  cacheContract(
    'Redis',
    async () => {
      const shared = store()
      return { cache: (options = {}) => createCache({ store: shared, ...options }), advance: pause }
    },
    150,
  )

  it('takes what is not its own for nothing, and writes over it', async () => {
    const cache = createCache({ store: redisCacheStore({ redis, prefix: 'strange:' }) })
    const region = cache.region('r', { load: async () => 'loaded' })
    for (const strange of ['', 'x', '99999999999999 q ?', '99999999999999 v {', 'v', '{"a":1}']) {
      await redis.send(['SET', '{strange:r:k}', strange])
      assert.equal(await region.get('k'), 'loaded')
      assert.match(String(await redis.send(['GET', '{strange:r:k}'])), /^\d+ v "loaded"$/)
    }
  })

  it('has one load for a thousand who miss at once in four processes', async () => {
    const startMs = Date.now() + 2_000
    const args = [`${import.meta.dirname}/programs/cached.ts`, server.url, '250', String(startMs)]
    const outputs = await Promise.all(Array.from({ length: 4 }, () => execute(process.execPath, args)))
    const seen = outputs.map(({ stdout }) => JSON.parse(stdout) as { loads: number; by: number[] })
    console.log(`1,000 concurrent misses in 4 processes: ${seen.reduce((sum, { loads }) => sum + loads, 0)} load`)
    assert.equal(
      seen.reduce((sum, { loads }) => sum + loads, 0),
      1,
    )
    assert.equal(new Set(seen.flatMap(({ by }) => by)).size, 1)
  })

  it('tells the near stores of other processes, over a channel', async () => {
    const other = await connected(server.url)
    const values = new Map([['k', 1]])
    const make = (connection: RedisConnection) =>
      createCache({
        store: redisCacheStore({ redis: connection, prefix: 'near:' }),
        near: memoryCacheStore(),
        bus: redisCacheBus({ redis: connection, channel: 'near' }),
      })
    const caches = [make(redis), make(other)] as const
    for (const cache of caches) await cache.start()
    const options = { nearTtlMs: 60_000, load: async (key: string) => values.get(key) }
    const [here, there] = caches.map((cache) => cache.region<number>('r', options))
    assert.deepEqual([await here?.get('k'), await there?.get('k')], [1, 1])
    values.set('k', 2)
    await there?.delete('k')
    await until(async () => (await here?.get('k')) === 2)
    for (const cache of caches) await cache.stop()
    await other.stop()
  })
})

describe('a cache whose Redis goes and comes back', { skip: redisMissing }, () => {
  it('answers all the time, and uses it again within a second', async () => {
    await using server = await startRedis()
    await using proxy = await startFaultProxy({ port: server.port })
    await using redis = await connected(`redis://127.0.0.1:${proxy.port}`)
    const cache = createCache({ store: redisCacheStore({ redis }), near: memoryCacheStore() })
    let loads = 0
    const region = cache.region('r', {
      nearTtlMs: 1,
      load: async (key) => {
        loads++
        await pause(5)
        return key
      },
    })
    const askFor = async (ms: number): Promise<number> => {
      let slowestMs = 0
      const untilMs = performance.now() + ms
      while (performance.now() < untilMs) {
        const startedMs = performance.now()
        const key = `k${loads % 7}`
        assert.equal(await region.get(key), key)
        slowestMs = Math.max(slowestMs, performance.now() - startedMs)
        await pause(2)
      }
      return slowestMs
    }
    const faults: { name: string; begin: () => unknown; end: () => unknown }[] = [
      { name: 'a cut', begin: () => proxy.cut(), end: () => undefined },
      { name: 'silence', begin: () => proxy.silence(), end: () => proxy.heal() },
      { name: 'a kill', begin: () => server.kill(), end: () => server.restart() },
    ]
    for (const { name, begin, end } of faults) {
      await askFor(100)
      await begin()
      const slowestMs = await askFor(600)
      await end()
      const backMs = await until(() => cache.health().status === 'UP')
      console.log(`${name}: slowest answer ${Math.round(slowestMs)} ms, used again after ${Math.round(backMs)} ms`)
      assert.ok(slowestMs < 1_000, `${slowestMs}`)
      assert.ok(backMs < 1_000, `${backMs}`)
    }
    const before = loads
    await region.get('fresh')
    await pause(5)
    await region.get('fresh')
    assert.equal(loads, before + 1, 'it is shared again')
    await cache.stop()
  })
})

describe('a cache in a Redis cluster and behind sentinels', { skip: redisMissing }, () => {
  it('keeps what belongs to a key on one node', async () => {
    await using cluster = await startRedisCluster()
    const redis = await connected(cluster.url)
    const region = createCache({ store: redisCacheStore({ redis }) }).region('r', { load: async (key) => key })
    const keys = Array.from({ length: 40 }, (_, at) => `k${at}`)
    for (const key of keys) assert.equal(await region.get(key), key)
    assert.equal(await region.get('k7', async () => assert.fail('it is kept')), 'k7')
    await region.delete(...keys)
    assert.equal(await region.get('k7', async () => 'new'), 'new')
    await redis.stop()
  })

  it('goes on through a failover', async () => {
    await using group = await startRedisSentinel()
    const redis = await connected(group.url)
    const cache = createCache({ store: redisCacheStore({ redis }) })
    const region = cache.region('r', { load: async (key) => key })
    assert.equal(await region.get('k'), 'k')
    await group.failOver()
    assert.equal(await region.get('k'), 'k')
    await until(() => cache.health().status === 'UP')
    assert.equal(await region.get('other'), 'other')
    await cache.stop()
    await redis.stop()
  })
})
