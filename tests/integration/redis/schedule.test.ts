/** Schedules on Redis. */
import { after, before, describe } from 'node:test'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { createRedis } from '../../../src/redis/redis-connection.ts'
import { describeScheduleStore } from '../../../src/schedule/schedule-store.contract.ts'
import { redisScheduleStore } from '../../../src/schedule/stores/redis.ts'

describe('Redis', { skip: redisMissing }, () => {
  let server: RedisSystem
  before(async () => {
    server = await startRedis()
  })
  after(() => server?.stop())

  describeScheduleStore({
    name: 'Redis',
    async open() {
      const [one, two] = [createRedis({ url: server.url }), createRedis({ url: server.url })]
      await Promise.all([one.start(), two.start()])
      return {
        store: redisScheduleStore({ redis: one, keptRuns: 5 }),
        other: redisScheduleStore({ redis: two, keptRuns: 5 }),
        pass: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
        close: () => Promise.all([one.stop(), two.stop()]).then(() => undefined),
      }
    },
  })
})
