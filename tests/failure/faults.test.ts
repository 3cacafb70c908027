/** Faults in a service of several processes: each worker suffers them, also one that comes later. */
import assert from 'node:assert/strict'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpConnection } from './support/http-client.ts'
import { killAll, runtimes, type ServiceProcess, startService } from './support/service-process.ts'

const token = 'let-it-fail'

after(killAll)

for (const runtime of runtimes) {
  describe(`a fault in two workers on ${runtime}`, { timeout: 60_000 }, () => {
    it('is suffered by both, by the one that follows a dead one, and by none when it is stopped', async () => {
      const env = { NODE_ENV: 'production', UNREADY_MS: '0', WORKERS: '2', FAULTS: 'on', ADMIN_TOKEN: token }
      const service = await startService('busy', runtime, env)
      await service.untilReady()
      const before = await answers(service)
      assert.equal(before.filter(({ status }) => status === 200).length, before.length)
      const [dying] = before.map(({ body }) => Number(JSON.parse(body).pid))

      const fault = { effect: { kind: 'error', status: 503 }, target: { route: '/who' }, durationMs: 60_000 }
      assert.equal((await admin(service, 'POST', '/faults', fault)).status, 201)
      assert.deepEqual(new Set((await answers(service)).map(({ status }) => status)), new Set([503]))

      process.kill(dying ?? 0, 'SIGKILL')
      await service.untilPrinted('worker died')
      // Its successor is started 100 ms later; meanwhile and afterwards the fault holds.
      for (let round = 0; round < 15; round++, await sleep(100)) {
        const statuses = new Set((await answers(service)).map(({ status }) => status))
        assert.deepEqual(statuses, new Set([503]), `round ${round}`)
      }

      assert.equal((await admin(service, 'DELETE', '/faults/f1')).status, 200)
      const healed = await answers(service)
      assert.deepEqual(new Set(healed.map(({ status }) => status)), new Set([200]))
      const pids = new Set(healed.map(({ body }) => Number(JSON.parse(body).pid)))
      assert.ok(!pids.has(dying ?? 0))
      assert.equal((await service.stop()).code, 0)
    })
  })
}

/** Of 40 connections, which the kernel deals out to both. */
async function answers({ port }: ServiceProcess): Promise<{ status: number; body: string }[]> {
  return Promise.all(
    Array.from({ length: 40 }, async () => {
      const connection = await HttpConnection.open(port)
      const answer = await connection.get('/who')
      connection.close()
      return answer
    }),
  )
}

function admin({ adminUrl }: ServiceProcess, method: string, path: string, body?: unknown): Promise<Response> {
  return fetch(adminUrl + path, {
    method,
    headers: { authorization: `Bearer ${token}` },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}
