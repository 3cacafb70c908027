/** One of several processes that share a limit: asks as often as it can between two moments and prints how often it was let through. */
import { createRedis } from 'genever/redis'
import { type LimitRule, redisLimiterStore } from 'genever/resilience'

const [url = '', algorithm = 'gcra', ruleText = '{}', startMs = '0', endMs = '0'] = process.argv.slice(2)
const redis = createRedis({ url })
await redis.start()
const store = redisLimiterStore({ redis, algorithm: algorithm as 'gcra' | 'token-bucket', timeoutMs: 1_000 })
const rule = JSON.parse(ruleText) as LimitRule
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms))
await pause(Number(startMs) - Date.now())
let admitted = 0
let asked = 0
await Promise.all(
  Array.from({ length: 4 }, async () => {
    while (Date.now() < Number(endMs)) {
      asked++
      if ((await store.take(algorithm, rule, 1)).isAllowed) admitted++
      else await pause(1)
    }
  }),
)
console.log(JSON.stringify({ admitted, asked }))
await redis.stop()
