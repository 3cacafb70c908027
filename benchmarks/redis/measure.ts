/** What our connection, cache and limiter add to the bare client, in this runtime: prints the figures as JSON. */
import { createCache, memoryCacheStore, redisCacheStore } from 'genever/cache'
import { Context } from 'genever/foundation'
import { createRedis } from 'genever/redis'
import { redisLimiterStore } from 'genever/resilience'
import { Registry } from 'genever/telemetry'
import { Redis } from 'ioredis'

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

async function roundOf({ parallel, calls, run }: (typeof cases)[number]): Promise<number> {
  const startedMs = performance.now()
  let left = calls
  const lane = async (): Promise<void> => {
    while (left-- > 0) await run()
  }
  await Promise.all(Array.from({ length: parallel }, lane))
  return ((performance.now() - startedMs) * 1_000) / calls
}

const times = new Map<string, number[]>(cases.map((one) => [`${one.name} ${one.parallel}`, []]))
// Inside a context, as the calls of a service are; one round of each after the other, so that all meet the same machine.
await new Context().run(async () => {
  for (let round = -3; round < rounds; round++) {
    for (const one of cases) {
      const took = await roundOf(one)
      if (round >= 0) times.get(`${one.name} ${one.parallel}`)?.push(took)
    }
  }
})
const figures = cases.map(({ name, parallel }) => {
  const sorted = (times.get(`${name} ${parallel}`) ?? []).toSorted((a, b) => a - b)
  return { name, parallel, bestUs: sorted[0] ?? 0, medianUs: sorted[sorted.length >> 1] ?? 0 }
})
console.log(JSON.stringify(figures))
await redis.stop()
bare.disconnect()
