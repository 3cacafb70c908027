/** Messaging over Redis Streams: the contract of a broker; cut, silent, restarted; several members; a forgetful server. */
import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { redisBroker } from 'genever/messaging'
import { createJsonLogger, MemorySink } from 'genever/telemetry'
import { type RedisSystem, redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { describeBroker } from '../../../src/messaging/broker.contract.ts'
import { describeLostBroker } from '../support/lost-broker.ts'

describe('messaging over Redis', { skip: redisMissing }, () => {
  let server: RedisSystem
  before(async () => {
    server = await startRedis({ persistent: true })
  })
  after(() => server.stop())
  describeBroker({ name: 'redis', open: async () => redisBroker({ url: server.url, leaseMs: 3_000 }) })

  describeLostBroker({
    name: 'Redis',
    server: () => server,
    open: (port) => redisBroker({ url: `redis://127.0.0.1:${port}` }),
    openMember: (port) => redisBroker({ url: `redis://127.0.0.1:${port}`, leaseMs: 500 }),
  })

  for (const persistent of [true, false]) {
    it(`${persistent ? 'does not warn of' : 'warns of'} a server that ${persistent ? 'keeps' : 'forgets'} messages`, async () => {
      await using other = await startRedis({ persistent })
      const sink = new MemorySink()
      const broker = redisBroker({ url: other.url, log: createJsonLogger({ sink }) })
      await broker.start()
      await broker.stop()
      assert.equal(JSON.stringify(sink).includes('may lose acknowledged messages'), !persistent)
    })
  }
})
