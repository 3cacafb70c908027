/** The end of one service: what is under way is finished, what hangs is given up on in time, and the exit code says which. */
import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect } from 'node:net'
import { after, describe, it } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { HttpConnection } from './support/http-client.ts'
import { killAll, type Runtime, runtimes, type ServiceProcess, startService } from './support/service-process.ts'

after(killAll)

async function started(runtime: Runtime, env: Readonly<Record<string, string>> = {}): Promise<ServiceProcess> {
  const service = await startService('busy', runtime, { NODE_ENV: 'production', UNREADY_MS: '300', ...env })
  await service.untilReady()
  return service
}

for (const runtime of runtimes) {
  for (const engine of ['sockets', 'native', 'libc']) {
    const env = { ENGINE: engine }
    describe(`shutdown of the ${engine} engine on ${runtime}`, { timeout: 60_000 }, () => {
      it('finishes a long answer that has begun', async () => {
        const service = await started(runtime, env)
        const connection = await HttpConnection.open(service.port)
        const answer = connection.get('/slow/1500')
        await sleep(300)
        const exit = service.stop()
        assert.deepEqual(await answer, { status: 200, isLast: false, body: '0,1,2,3,4,5,6,7,8,9,' })
        assert.equal((await exit).code, 0)
      })

      it('answers whatever comes on kept connections, and announces the end on each', async (t) => {
        const service = await started(runtime, env)
        let answers = 0
        const users = Array.from({ length: 50 }, async () => {
          const connection = await HttpConnection.open(service.port)
          while (connection.isUsable) {
            const { status, isLast } = await connection.get(`/work/${answers++}`)
            assert.equal(status, 200)
            if (isLast) return
            await sleep(300 * Math.random())
          }
          assert.fail('a connection ended without having been announced')
        })
        await sleep(500)
        const exit = service.stop()
        await Promise.all(users)
        t.diagnostic(`${answers} answers on 50 connections`)
        assert.equal((await exit).code, 0)
      })

      it('does not wait for connections on which nothing comes', async () => {
        const service = await started(runtime, { ...env, UNREADY_MS: '0' })
        const idle = connect({ port: service.port, host: '127.0.0.1' })
        idle.on('error', () => {})
        await once(idle, 'connect')
        const { code, afterMs } = await service.stop()
        assert.equal(code, 0)
        assert.ok(afterMs < 2_000, `it took ${afterMs} ms`)
        idle.destroy()
      })

      it('gives up on a request that hangs, in time, and exits 1', async () => {
        const service = await started(runtime, { ...env, GRACE_MS: '2000' })
        const connection = await HttpConnection.open(service.port)
        const lost = assert.rejects(connection.get('/hang'), /lost/)
        await sleep(200)
        const { code, afterMs } = await service.stop()
        await lost
        assert.equal(code, 1)
        assert.ok(afterMs > 1_000 && afterMs < 2_000, `it took ${afterMs} ms`)
        assert.ok(service.lines.some((line) => line.includes('requests were dropped')))
      })

      it('ends at once on a second signal', async () => {
        const service = await started(runtime, { ...env, GRACE_MS: '30000' })
        const connection = await HttpConnection.open(service.port)
        const lost = assert.rejects(connection.get('/hang'), /lost/)
        await sleep(200)
        service.signal('SIGTERM')
        await sleep(700)
        const { code } = await service.stop()
        await lost
        assert.equal(code, 143)
      })

      it('finishes the others after an error that nobody caught, and exits 1', async () => {
        const service = await started(runtime, env)
        const connection = await HttpConnection.open(service.port)
        const answer = connection.get('/slow/800')
        await sleep(200)
        const crashing = await HttpConnection.open(service.port)
        await crashing.get('/crash')
        assert.equal((await answer).body, '0,1,2,3,4,5,6,7,8,9,')
        assert.equal((await service.exited).code, 1)
        assert.ok(service.lines.some((line) => line.includes('nobody catches this')))
      })
    })
  }
}
