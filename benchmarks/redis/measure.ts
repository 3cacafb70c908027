/** What our connection, cache and limiter add to the bare client, in this runtime: prints the figures as JSON. */
import { createCache, memoryCacheStore, redisCacheStore } from 'genever/cache'
import { createRedis } from 'genever/redis'
import { redisLimiterStore } from 'genever/resilience'
import { Registry } from 'genever/telemetry'
import { Redis } from 'ioredis'
import { measureInterleaved } from '../harness/interleaved.ts'

const url = process.argv[2] ?? ''
const rounds = 60
const product = { sku: 'gin', name: 'Gin', cents: 2_500, tags: ['spirit', 'juniper'], stock: { here: 7, there: 12 } }

const bare = new Redis(url)
const meter = new Registry()
// On a busy machine nobody may give up: what is measured is the way to Redis and back.
const timeoutMs = 10_000
const redis = createRedis({ url, meter, commandTimeoutMs: timeoutMs })
await redis.start()
const shared = createCache({ store: redisCacheStore({ redis, timeoutMs }), meter }).region('shared', {
  load: async () => product,
})
const near = createCache({
  store: redisCacheStore({ redis, prefix: 'near:', timeoutMs }),
  near: memoryCacheStore(),
  name: 'near',
})
const nearRegion = near.region('near', { nearTtlMs: 60_000, load: async () => product })
const local = createCache({ name: 'local' }).region('local', { load: async () => product })
const limiter = redisLimiterStore({ redis, timeoutMs })
const rule = { limit: 1e6, windowMs: 1_000, burst: 1e6 }
const text = JSON.stringify(product)
await bare.set('product', text)
for (const region of [shared, nearRegion, local]) await region.get('gin')

type Call = () => Promise<unknown>
const cases: readonly { name: string; parallel: number; calls: number; run: Call }[] = [
  ...[1, 64].flatMap((parallel) => {
    const calls = parallel === 1 ? 200 : 2_000
    return [
      { name: 'GET, bare ioredis', parallel, calls, run: async () => JSON.parse((await bare.get('product')) ?? '') },
      { name: 'GET, our connection', parallel, calls, run: () => redis.send(['GET', 'product']) },
      { name: 'cache hit on Redis', parallel, calls, run: () => shared.get('gin') },
      { name: 'limiter on Redis', parallel, calls, run: async () => limiter.take('k', rule, 1) },
    ]
  }),
  { name: 'cache hit near', parallel: 1, calls: 20_000, run: () => nearRegion.get('gin') },
  { name: 'cache hit in memory', parallel: 1, calls: 20_000, run: () => local.get('gin') },
]

console.log(JSON.stringify(await measureInterleaved(cases, { rounds, warmUp: 3 })))
await redis.stop()
bare.disconnect()
