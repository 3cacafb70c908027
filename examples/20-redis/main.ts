/**
 * redis: one connection for a service, its health, a script that Redis runs as one step, and a channel that tells everybody.
 *
 *   REDIS_URL=redis://localhost:6379 node main.ts
 *
 *   needs redis
 *   POST /stock/gin/10 → 200 {"left":10}
 *   POST /take/gin/7 → 200 {"left":3}
 *   POST /take/gin/7 → 409
 *   prints taken: gin 7
 */
import { createService } from 'genever'
import { ServiceError } from 'genever/foundation'
import { createRedis, redisScript } from 'genever/redis'

const service = createService({ name: 'stock' })
const { meter, log } = service
const redis = createRedis({ url: process.env.REDIS_URL ?? 'redis://localhost:6379', meter, log })
service.add(redis)

// Look and take in one step: two callers never take the same bottle.
const take = redisScript(`
  local left = tonumber(redis.call('GET', KEYS[1]) or '0') - tonumber(ARGV[1])
  if left < 0 then return -1 end
  redis.call('SET', KEYS[1], left)
  redis.call('PUBLISH', 'taken', KEYS[2] .. ' ' .. ARGV[1])
  return left
`)

service.http.post('/stock/:sku/:quantity', async (c) => {
  await redis.send(['SET', `stock:{${c.params.sku}}`, Number(c.params.quantity)])
  return c.json({ left: Number(c.params.quantity) })
})

service.http.post('/take/:sku/:quantity', async (c) => {
  const { sku, quantity } = c.params
  const left = await redis.run(take, { keys: [`stock:{${sku}}`, `{${sku}}`], args: [Number(quantity)] })
  if (left === -1) throw new ServiceError('SOLD_OUT', `Fewer than ${quantity} are left.`, { status: 409 })
  return c.json({ left: Number(left) })
})

await service.run()
await redis.subscribe('taken', { onMessage: (message) => console.log(`taken: ${message.replace(/[{}]/g, '')}`) })
