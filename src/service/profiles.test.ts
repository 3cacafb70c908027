import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { gunzipSync } from 'node:zlib'
import { createJsonLogger } from '../telemetry/json-logger.ts'
import { MemorySink } from '../telemetry/sinks/memory.ts'
import { createService } from './service.ts'

const token = 'the-token-of-operators'
const bearer = `Bearer ${token}`

async function started(settings: { readonly profiles?: 'on' | 'off'; readonly adminToken?: string }) {
  const sink = new MemorySink()
  const service = createService({ name: 'orders', shutdown: { unreadyMs: 0 }, middleware: false })
  const running = await service.start({ ...settings, log: createJsonLogger({ sink }) })
  const ask = (path: string, authorization = bearer) =>
    fetch(running.adminUrl + path, { headers: { authorization, connection: 'close' } })
  return { running, ask, sink }
}

describe('profiles on the admin port', () => {
  it('come as files for pprof and for Chrome, and a line says who asked', async () => {
    const { running, ask, sink } = await started({ adminToken: token })
    const pprof = await ask('/debug/pprof/profile?seconds=0.2&by=ada')
    assert.equal(pprof.status, 200)
    assert.ok(gunzipSync(new Uint8Array(await pprof.arrayBuffer())).includes('nanoseconds'))
    const line = sink.records.find(({ message }) => message === 'a CPU profile was asked for')
    assert.deepEqual([line?.by, line?.seconds, line?.address], ['ada', 0.2, '127.0.0.1'])
    const chrome = await ask('/debug/profile.cpuprofile?seconds=0.2')
    assert.ok(Array.isArray(((await chrome.json()) as { nodes: unknown }).nodes))
    assert.match(await (await ask('/debug/')).text(), /\/debug\/pprof\/profile/)
    await running.stop()
  })

  const path = '/debug/pprof/profile?seconds=0.1'
  const refusals = [
    { settings: { adminToken: token }, path, auth: 'Bearer wrong', status: 401, why: 'not the token' },
    { settings: { adminToken: token }, path: '/debug/', auth: 'Bearer wrong', status: 401, why: 'the list, too' },
    { settings: {}, path, auth: bearer, status: 403, why: 'no token is set' },
    { settings: { adminToken: token, profiles: 'off' }, path, auth: bearer, status: 404, why: 'off, as in production' },
    {
      settings: { adminToken: token },
      path: '/debug/pprof/profile?seconds=x',
      auth: bearer,
      status: 400,
      why: 'no number',
    },
  ] as const
  for (const { settings, path, auth, status, why } of refusals) {
    it(`answers ${path} with ${status}: ${why}`, async () => {
      const { running, ask } = await started(settings)
      assert.equal((await ask(path, auth)).status, status)
      await running.stop()
    })
  }
})
