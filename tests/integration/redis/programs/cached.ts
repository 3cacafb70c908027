/** One of several processes that want the same value at the same moment: prints how often it had to load it. */
import { createCache, redisCacheStore } from 'genever/cache'
import { createRedis } from 'genever/redis'

const [url = '', count = '0', startMs = '0'] = process.argv.slice(2)
const redis = createRedis({ url })
await redis.start()
let loads = 0
const cache = createCache({ store: redisCacheStore({ redis, timeoutMs: 5_000 }) })
const region = cache.region('hot', {
  load: async (key) => {
    loads++
    await new Promise((resolve) => setTimeout(resolve, 200))
    return { key, by: process.pid }
  },
})
await new Promise((resolve) => setTimeout(resolve, Number(startMs) - Date.now()))
const values = await Promise.all(Array.from({ length: Number(count) }, () => region.get('key')))
console.log(JSON.stringify({ loads, by: [...new Set(values.map((value) => value?.by))] }))
await cache.stop()
await redis.stop()
