/** The servers that other suites stand on: each starts, answers, survives its kill, and leaves nothing behind. */
import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { connect } from 'node:net'
import { describe, it } from 'node:test'
import { kafkaMissing, startKafka } from '../../../scripts/systems/kafka.ts'
import { mariadbMissing, startMariadb } from '../../../scripts/systems/mariadb.ts'
import { postgresMissing, startPostgres } from '../../../scripts/systems/postgres.ts'
import { redisMissing, startRedis } from '../../../scripts/systems/redis.ts'
import { rocketmqMissing, startRocketmq } from '../../../scripts/systems/rocketmq.ts'
import type { System } from '../../../scripts/systems/server-process.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'

const systems: { name: string; start: () => Promise<System>; skip: string | false }[] = [
  { name: 'Redis', start: startRedis, skip: redisMissing },
  { name: 'PostgreSQL', start: startPostgres, skip: postgresMissing },
  { name: 'MariaDB', start: startMariadb, skip: mariadbMissing },
  { name: 'Kafka', start: startKafka, skip: kafkaMissing },
  { name: 'RocketMQ', start: startRocketmq, skip: rocketmqMissing },
]

for (const { name, start, skip } of systems) {
  describe(`${name} for tests`, { skip }, () => {
    it('starts, comes back after a kill on the same port, and is gone with its folder in the end', async () => {
      const system = await start()
      const { port, pid, folder } = system
      assert.equal(await accepts(port), true)
      await system.kill()
      assert.equal(await accepts(port), false)
      await system.restart()
      assert.equal(await accepts(port), true)
      assert.notEqual(system.pid, pid)
      await system.stop()
      assert.equal(await accepts(port), false)
      assert.equal(existsSync(folder), false)
    })
  })
}

describe('the fault proxy', { skip: redisMissing }, () => {
  it('passes, delays, is silent, cuts and refuses', async () => {
    await using redis = await startRedis()
    await using proxy = await startFaultProxy({ port: redis.port })
    const socket = connect({ host: '127.0.0.1', port: proxy.port })
    const ping = (): Promise<number> => {
      const startedMs = performance.now()
      return new Promise((resolve, reject) => {
        socket.once('data', () => resolve(performance.now() - startedMs))
        socket.once('error', reject)
        socket.write('PING\r\n')
      })
    }
    await ping()
    proxy.delay(50)
    const delayedMs = await ping()
    assert.ok(delayedMs >= 95, `${delayedMs}`)
    proxy.heal()
    proxy.silence()
    const held = ping()
    const first = await Promise.race([held, new Promise((resolve) => setTimeout(resolve, 100, 'silence'))])
    assert.equal(first, 'silence')
    proxy.heal()
    assert.ok((await held) >= 95)
    const cut = new Promise((resolve) => socket.once('close', resolve))
    socket.on('error', () => {})
    proxy.cut()
    await cut
    assert.equal(await accepts(proxy.port), true)
    await proxy.stop()
    assert.equal(await accepts(proxy.port), false)
  })
})

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    const settle = (answer: boolean) => (): void => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', settle(true))
    socket.once('error', settle(false))
  })
}
