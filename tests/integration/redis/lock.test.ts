/** Locks and fences on a real Redis: alone, restarted without its data, cut off; and in a cluster. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { createLocks, fencedScript, redisLockStore, runFenced } from 'genever/lock'
import { createRedis, type RedisConnection } from 'genever/redis'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { startRedisCluster } from '../../../scripts/systems/redis-cluster.ts'
import { fenceContract } from '../../../src/lock/fence.contract.ts'
import { lockStoreContract } from '../../../src/lock/lock-store.contract.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
const setNote = fencedScript(`return redis.call('SET', KEYS[1], ARGV[1])`)

async function connected(url: string): Promise<RedisConnection> {
  const redis = createRedis({ url })
  await redis.start()
  return redis
}

describe('locks on Redis', { skip: redisMissing }, () => {
  let server: RedisSystem
  let redis: RedisConnection
  let second: RedisConnection
  let prefixes = 0
  before(async () => {
    server = await startRedis()
    redis = await connected(server.url)
    second = await connected(server.url)
  })
  after(async () => {
    await Promise.all([redis.stop(), second.stop()])
    await server.stop()
  })

  lockStoreContract(
    'Redis',
    async () => {
      const prefix = `${prefixes++}:`
      return {
        store: redisLockStore({ redis, prefix }),
        other: redisLockStore({ redis: second, prefix }),
        advance: pause,
      }
    },
    400,
  )

  fenceContract('Redis', () => ({
    async write(claim, value) {
      await runFenced(redis, setNote, { claim, keys: [`note:{${claim.resource}}`], args: [value] })
    },
    async read(resource) {
      return (await redis.send(['GET', `note:{${resource}}`])) as string
    },
  }))

  it('gives larger tokens after a restart that lost all data', async () => {
    const locks = createLocks({ store: redisLockStore({ redis }), leaseMs: 5_000 })
    const first = await locks.acquire('k')
    await server.restart()
    const next = await locks.acquire('k', { waitMs: 3_000 })
    assert.ok(next.token > first.token)
    await assert.rejects(first.renew(), { code: 'LEASE_LOST' })
    await locks.stop()
  })

  it('loses a lease that a silent Redis does not confirm, and gets the lock again when it is heard', async () => {
    await using proxy = await startFaultProxy({ port: server.port })
    const remote = createRedis({ url: `redis://127.0.0.1:${proxy.port}`, commandTimeoutMs: 200 })
    await remote.start()
    const locks = createLocks({ store: redisLockStore({ redis: remote }), leaseMs: 400 })
    const lostAfterMs = await locks.withLock('silent', (lease) => {
      proxy.silence()
      const startedMs = performance.now()
      return new Promise<number>((resolve) => lease.onLost(() => resolve(performance.now() - startedMs)))
    })
    assert.ok(lostAfterMs > 200 && lostAfterMs < 1_500, `${lostAfterMs}`)
    proxy.heal()
    const again = await locks.acquire('silent', { waitMs: 5_000 })
    assert.equal(again.isHeld, true)
    await locks.stop()
    await remote.stop()
  })
})

describe('locks in a Redis cluster', { skip: redisMissing }, () => {
  it('keep lock and token, and fence and value, on one node', async () => {
    await using cluster = await startRedisCluster()
    const redis = await connected(cluster.url)
    const locks = createLocks({ store: redisLockStore({ redis }) })
    for (let key = 0; key < 20; key++) {
      await locks.withLock(`k${key}`, async ({ token }) => {
        const claim = { resource: `k${key}`, token }
        await runFenced(redis, setNote, { claim, keys: [`note:{k${key}}`], args: [key] })
      })
      assert.equal(await redis.send(['GET', `note:{k${key}}`]), String(key))
    }
    await redis.stop()
  })
})
